internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func insertAccount(_ account: NewAccount) async throws -> Account? {
    try await write { db in try Self.insert(account, db) }
  }

  public func importAccounts(_ accounts: [NewAccount]) async throws -> [AccountImport] {
    try await write { db in
      try accounts.map { new in
        if let account = try Self.insert(new, db) { return .imported(account) }
        guard let other = try Self.account(folded: new.username.folded, db) else {
          throw DatabaseError(message: "a name is taken by no account")
        }
        return .nameTaken(by: other)
      }
    }
  }

  public func account(_ id: AccountID) async throws -> Account? {
    try await read { db in
      try Row.fetchOne(
        db, sql: "SELECT \(Account.columns) FROM account WHERE id = ?", arguments: [id.rawValue]
      ).map(Account.init(row:))
    }
  }

  public func account(folded: String) async throws -> Account? {
    try await read { db in try Self.account(folded: folded, db) }
  }

  public func accounts(after id: AccountID?, limit: Int) async throws -> [Account] {
    try await read { db in
      try Row.fetchAll(
        db, sql: "SELECT \(Account.columns) FROM account WHERE id > ? ORDER BY id LIMIT ?",
        arguments: [id?.rawValue ?? 0, limit]
      ).map(Account.init(row:))
    }
  }

  public func credentials(folded: String) async throws -> CredentialLookup {
    try await read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT \(Account.columns), password_hash, password_is_imported
          FROM account WHERE username_folded = ?
          """,
        arguments: [folded])
      let credentials = row.map { row in
        Credentials(
          account: Account(row: row),
          password: StoredPassword(
            hash: PasswordHash(text: row["password_hash"]), isImported: row["password_is_imported"])
        )
      }
      return CredentialLookup(credentials: credentials, worksInUse: try Self.worksInUse(db))
    }
  }

  public func setEnabled(_ isEnabled: Bool, _ id: AccountID) async throws -> Bool {
    try await write { db in
      try db.execute(
        sql: "UPDATE account SET is_enabled = ? WHERE id = ?", arguments: [isEnabled, id.rawValue])
      let found = db.changesCount > 0
      if !isEnabled { try Self.endSessions(of: id, db) }
      return found
    }
  }

  public func setPassword(_ password: NewPassword, _ id: AccountID) async throws -> Bool {
    try await write { db in
      try Self.update(password, id, db)
      let found = db.changesCount > 0
      try Self.endSessions(of: id, db)
      return found
    }
  }

  public func deleteAccount(_ id: AccountID) async throws -> Bool {
    try await write { db in
      // The sessions go with it: ON DELETE CASCADE.
      try db.execute(sql: "DELETE FROM account WHERE id = ?", arguments: [id.rawValue])
      return db.changesCount > 0
    }
  }
}

extension SQLiteStore {
  static func account(folded: String, _ db: Database) throws -> Account? {
    try Row.fetchOne(
      db, sql: "SELECT \(Account.columns) FROM account WHERE username_folded = ?",
      arguments: [folded]
    ).map(Account.init(row:))
  }

  static func update(_ password: NewPassword, _ id: AccountID, _ db: Database) throws {
    try db.execute(
      sql: """
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
      sql: """
        INSERT INTO account (username, username_folded, password_hash, password_work,
          password_is_imported, is_enabled, created_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (username_folded) DO NOTHING
        RETURNING \(Account.columns)
        """,
      arguments: [
        account.username.text, account.username.folded, account.password.stored.hash.text,
        account.password.work.rawValue, account.password.stored.isImported, account.isEnabled,
        account.createdAt.millisecondsSinceEpoch,
      ]
    ).map(Account.init(row:))
  }

  /// The distinct works, one index seek for each, however many accounts there are.
  private static func worksInUse(_ db: Database) throws -> Set<PasswordWork> {
    let works = try String.fetchAll(
      db,
      sql: """
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
