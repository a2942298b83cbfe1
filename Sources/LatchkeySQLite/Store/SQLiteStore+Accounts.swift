import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func insertAccount(
    _ account: NewAccount, recovery: NewRecovery?, audit: AuditEntry
  ) async throws -> Account? {
    try await write { db in
      guard let inserted = try Self.insert(account, db) else { return nil }
      if let recovery { try Self.replaceRecovery(recovery, inserted.id, db) }
      try Self.append(audit, about: inserted.id, db)
      return inserted
    }
  }

  public func importAccounts(
    _ accounts: [NewAccount], audit: AuditEntry, progress: @Sendable @escaping (Int) -> Void,
    keeping: @Sendable @escaping ([AccountImport]) -> Bool
  ) async throws -> (outcomes: [AccountImport], isKept: Bool) {
    try await write { db in
      var outcomes: [AccountImport] = []
      var isKept = false
      try db.inSavepoint {
        outcomes = try accounts.enumerated().map { index, new in
          if index.isMultiple(of: 1000) { progress(index) }
          if let account = try Self.insert(new, db) {
            try Self.append(audit, about: account.id, db)
            return .imported(account)
          }
          guard let other = try Self.account(folded: new.username.folded, db) else {
            throw DatabaseError(message: "a name is taken by no account")
          }
          return .nameTaken(by: other)
        }
        isKept = keeping(outcomes)
        return isKept ? .commit : .rollback
      }
      return (outcomes, isKept)
    }
  }

  public func account(_ id: AccountID) async throws -> Account? {
    try await read { db in
      try Row.fetchOne(
        db, prepared: "SELECT \(Account.columns) FROM account WHERE id = ?",
        arguments: [id.rawValue]
      ).map(Account.init(row:))
    }
  }

  public func account(folded: String) async throws -> Account? {
    try await read { db in try Self.account(folded: folded, db) }
  }

  public func accounts(after id: AccountID?, limit: Int) async throws -> [Account] {
    try await read { db in
      try Row.fetchAll(
        db, prepared: "SELECT \(Account.columns) FROM account WHERE id > ? ORDER BY id LIMIT ?",
        arguments: [id?.rawValue ?? 0, limit]
      ).map(Account.init(row:))
    }
  }

  public func credentials(
    folded: String, devices: [DeviceToken.Digest]
  ) async throws -> CredentialLookup {
    try await read { db in try Self.lookup("username_folded = ?", folded, devices, db) }
  }

  public func credentials(
    of id: AccountID, devices: [DeviceToken.Digest]
  ) async throws -> CredentialLookup {
    try await read { db in try Self.lookup("id = ?", id.rawValue, devices, db) }
  }

  public func comparePassword(
    _ hash: PasswordHash?, computedLike setting: PasswordSetting?, of id: AccountID?
  ) async throws -> PasswordComparison {
    let stored = try await read { db in
      try Row.fetchOne(
        db, prepared: "SELECT password_hash, password_is_imported FROM account WHERE id = ?",
        arguments: [id?.rawValue ?? 0]
      ).flatMap(StoredPassword.init(row:))
    }
    if let hash, let stored, ConstantTime.areEqual(hash.text.utf8, stored.hash.text.utf8) {
      return .same
    }
    return stored.map(PasswordSetting.init(of:)) == setting ? .different : .outdated
  }

  public func setEnabled(
    _ isEnabled: Bool, _ id: AccountID, audit: AuditEntry
  ) async throws -> Bool {
    try await write { db in
      try db.execute(
        prepared: "UPDATE account SET is_enabled = ? WHERE id = ?",
        arguments: [isEnabled, id.rawValue])
      guard db.changesCount > 0 else { return false }
      if !isEnabled { try Self.endSessions(of: id, db) }
      try Self.append(audit, about: id, db)
      return true
    }
  }

  public func setPassword(
    _ password: NewPassword, _ id: AccountID, verifiedHash: PasswordHash?,
    renewal: SessionRenewal?, audit: AuditEntry
  ) async throws -> Bool {
    try await write { db in
      guard try Self.has(id, verifiedHash, db) else { return false }
      if let renewal {
        guard try Self.renew(renewal, of: id, db) else { return false }
      }
      try Self.replacePassword(password, id, keeping: renewal, db)
      try Self.append(audit, about: id, db)
      return true
    }
  }

  public func deleteAccount(_ id: AccountID, audit: AuditEntry) async throws -> Bool {
    try await write { db in
      // The sessions go with it: ON DELETE CASCADE.
      try db.execute(prepared: "DELETE FROM account WHERE id = ?", arguments: [id.rawValue])
      guard db.changesCount > 0 else { return false }
      try Self.clearThrottles(of: id, db)
      try Self.append(audit, about: id, db)
      return true
    }
  }
}

extension SQLiteStore {
  static func account(folded: String, _ db: Database) throws -> Account? {
    try Row.fetchOne(
      db, prepared: "SELECT \(Account.columns) FROM account WHERE username_folded = ?",
      arguments: [folded]
    ).map(Account.init(row:))
  }

  private static func lookup(
    _ condition: String, _ value: some DatabaseValueConvertible, _ devices: [DeviceToken.Digest],
    _ db: Database
  ) throws -> CredentialLookup {
    let row = try Row.fetchOne(
      db,
      prepared: """
        SELECT \(Account.columns), password_hash, password_is_imported FROM account
        WHERE \(condition)
        """,
      arguments: [value])
    let credentials = row.map { row in
      Credentials(
        account: Account(row: row),
        password: StoredPassword(row: row).map(PasswordSetting.init(of:)))
    }
    return CredentialLookup(
      credentials: credentials,
      knownBrowser: try knownBrowser(of: credentials?.account.id, among: devices, db),
      worksInUse: try worksInUse(db))
  }

  /// The same query for an account and for none.
  private static func knownBrowser(
    of id: AccountID?, among devices: [DeviceToken.Digest], _ db: Database
  ) throws -> DeviceToken.Digest? {
    let known = try Data.fetchAll(
      db, prepared: "SELECT token_sha256 FROM known_browser WHERE account_id = ?",
      arguments: [id?.rawValue ?? 0])
    return devices.first { known.contains(Data($0.bytes)) }
  }

  /// Whether the account is there and, if a hash is given, still has it.
  static func has(_ id: AccountID, _ hash: PasswordHash?, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      prepared: """
        SELECT EXISTS (
          SELECT 1 FROM account WHERE id = ?1 AND (?2 IS NULL OR password_hash = ?2))
        """,
      arguments: [id.rawValue, hash?.text]) ?? false
  }

  /// A new password ends all that an old one has opened, but for what is kept.
  static func replacePassword(
    _ password: NewPassword, _ id: AccountID,
    keeping renewed: SessionRenewal?, _ db: Database
  ) throws {
    try update(password, id, db)
    try endSessions(of: id, except: renewed?.id, db)
    try db.execute(
      prepared: "DELETE FROM recovery_code WHERE account_id = ?", arguments: [id.rawValue])
    try db.execute(
      prepared: "DELETE FROM known_browser WHERE account_id = ?1 AND token_sha256 IS NOT ?2",
      arguments: [id.rawValue, (renewed?.device.new).map { Data($0.bytes) }])
    try clearThrottles(of: id, db)
  }

  static func update(_ password: NewPassword, _ id: AccountID, _ db: Database) throws {
    try db.execute(
      prepared: """
        UPDATE account SET password_hash = ?, password_work = ?, password_is_imported = ?
        WHERE id = ?
        """,
      arguments: [
        password.stored.hash.text, password.work.rawValue, password.stored.isImported, id.rawValue,
      ])
  }

  /// Nil when the folded name is taken: the unique index decides, no look beforehand.
  private static func insert(_ account: NewAccount, _ db: Database) throws -> Account? {
    try Row.fetchOne(
      db,
      prepared: """
        INSERT INTO account (username, username_folded, password_hash, password_work,
          password_is_imported, is_enabled, created_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (username_folded) DO NOTHING
        RETURNING \(Account.columns)
        """,
      arguments: [
        account.username.text, account.username.folded, account.password?.stored.hash.text,
        account.password?.work.rawValue, account.password?.stored.isImported ?? false,
        account.isEnabled,
        account.createdAt.millisecondsSinceEpoch,
      ]
    ).map(Account.init(row:))
  }

  /// The distinct works, one index seek for each, however many accounts there are.
  private static func worksInUse(_ db: Database) throws -> Set<PasswordWork> {
    let works = try String.fetchAll(
      db,
      prepared: """
        WITH RECURSIVE used (work) AS (
          SELECT min(password_work) FROM account
          UNION ALL
          SELECT (SELECT min(password_work) FROM account WHERE password_work > used.work)
          FROM used WHERE used.work IS NOT NULL
        )
        SELECT work FROM used WHERE work IS NOT NULL
        """)
    return Set(works.map(PasswordWork.init(rawValue:)))
  }
}

extension Account {
  static let columns = "account.id, username, is_enabled, account.created_at_ms"

  init(row: Row) {
    self.init(
      id: AccountID(rawValue: row[0]), username: row[1], isEnabled: row[2],
      createdAt: Timestamp(millisecondsSinceEpoch: row[3]))
  }
}

extension StoredPassword {
  /// Nil when the account has none.
  init?(row: Row) {
    guard let text: String = row["password_hash"] else { return nil }
    self.init(hash: PasswordHash(text: text), isImported: row["password_is_imported"])
  }
}
