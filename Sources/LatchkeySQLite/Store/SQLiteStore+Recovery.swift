import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func issueRecovery(
    _ recovery: NewRecovery, _ id: AccountID, audit: AuditEntry
  ) async throws -> Bool {
    try await write { db in
      try db.execute(
        prepared: """
          UPDATE account SET password_hash = NULL, password_work = NULL, password_is_imported = 0
          WHERE id = ?
          """,
        arguments: [id.rawValue])
      guard db.changesCount > 0 else { return false }
      try Self.endSessions(of: id, db)
      try Self.replaceRecovery(recovery, id, db)
      try Self.append(audit, about: id, db)
      return true
    }
  }

  public func recoveryAccount(
    _ digest: RecoveryCode.Digest, now: Timestamp
  ) async throws -> Account? {
    try await read { db in
      try Row.fetchOne(
        db,
        prepared: """
          SELECT \(Account.columns) FROM recovery_code JOIN account ON account.id = account_id
          WHERE code_sha256 = ? AND expires_at_ms > ? AND is_enabled
          """,
        arguments: [Data(digest.bytes), now.millisecondsSinceEpoch]
      ).map(Account.init(row:))
    }
  }

  public func recover(
    _ digest: RecoveryCode.Digest, _ id: AccountID, password: NewPassword,
    device: DeviceRenewal, now: Timestamp, audit: AuditEntry
  ) async throws -> Recovered? {
    try await write { db in
      // Taking the code is what makes the use the only one.
      try db.execute(
        prepared: """
          DELETE FROM recovery_code WHERE code_sha256 = ? AND account_id = ? AND expires_at_ms > ?
          """,
        arguments: [Data(digest.bytes), id.rawValue, now.millisecondsSinceEpoch])
      guard db.changesCount > 0 else { return nil }
      let row = try Row.fetchOne(
        db, prepared: "SELECT \(Account.columns) FROM account WHERE id = ? AND is_enabled",
        arguments: [id.rawValue])
      guard let row else { return nil }
      let failures = try Self.failures(.account(id), db)
      try Self.replacePassword(password, id, keeping: nil, db)
      try Self.remember(device, for: id, at: now, db)
      try Self.append(audit, about: id, db)
      return Recovered(account: Account(row: row), failuresOfStrangers: failures)
    }
  }

  static func replaceRecovery(
    _ recovery: NewRecovery, _ id: AccountID, _ db: Database
  ) throws {
    try db.execute(
      prepared: """
        INSERT OR REPLACE INTO recovery_code (account_id, code_sha256, created_at_ms, expires_at_ms)
        VALUES (?, ?, ?, ?)
        """,
      arguments: [
        id.rawValue, Data(recovery.digest.bytes), recovery.createdAt.millisecondsSinceEpoch,
        recovery.expiresAt.millisecondsSinceEpoch,
      ])
  }
}
