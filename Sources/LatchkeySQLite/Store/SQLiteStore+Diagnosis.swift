import Foundation
internal import GRDB
public import LatchkeyCore

/// How a database and its files are.
public struct DatabaseDiagnosis: Sendable {
  /// `wal`, unless somebody has changed it.
  public let journalMode: String
  /// The files of the database that others than their owner may read or write.
  public let exposedFiles: [String]
  /// Bytes that this user may still write to the disk; nil when the system does not say.
  public let freeBytes: Int64?
  public let accounts: Int
  /// Accounts that are older than a moment and have neither a session nor a known browser.
  public let unusedAccounts: Int
  /// Accounts whose owner has yet to choose a password, and has no code to do so.
  public let accountsWithoutWay: Int
  /// The works of the hashes in use, with how many accounts have each.
  public let works: [PasswordWork: Int]
  /// A row that refers to one that is not there, in words; nil when there is none.
  public let brokenReference: String?
  /// The moment of the last audit record.
  public let lastEvent: Timestamp?
}

extension SQLiteStore {
  /// Looks without opening a store, which would bring Latchkey's own tables up to date.
  ///
  /// - Parameters:
  ///   - path: of a database whose own tables are up to date.
  ///   - now: for what has ended.
  ///   - createdBefore: accounts that are younger are not unused.
  public static func diagnosis(
    of path: String, at now: Timestamp, createdBefore: Timestamp
  ) async throws -> DatabaseDiagnosis {
    try await looking(at: path) { db in
      func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
      }
      let works = try Row.fetchAll(
        db,
        sql: """
          SELECT password_work, count(*) FROM account WHERE password_work IS NOT NULL
          GROUP BY password_work
          """)
      return DatabaseDiagnosis(
        journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
        exposedFiles: DatabaseFile.exposed(of: path), freeBytes: DatabaseFile.freeBytes(at: path),
        accounts: try count("SELECT count(*) FROM account"),
        unusedAccounts: try count(
          """
          SELECT count(*) FROM account WHERE created_at_ms < ?
            AND NOT EXISTS (SELECT 1 FROM session WHERE account_id = account.id)
            AND NOT EXISTS (SELECT 1 FROM known_browser WHERE account_id = account.id)
          """, [createdBefore.millisecondsSinceEpoch]),
        accountsWithoutWay: try count(
          """
          SELECT count(*) FROM account WHERE password_hash IS NULL AND NOT EXISTS (
            SELECT 1 FROM recovery_code WHERE account_id = account.id AND expires_at_ms > ?)
          """, [now.millisecondsSinceEpoch]),
        works: Dictionary(
          works.map { (PasswordWork(rawValue: $0[0]), $0[1]) }, uniquingKeysWith: +),
        brokenReference: try MigrationStep.brokenReference(in: db),
        lastEvent: try Int64.fetchOne(
          db, sql: "SELECT at_ms FROM audit ORDER BY number DESC LIMIT 1"
        ).map(Timestamp.init(millisecondsSinceEpoch:)))
    }
  }
}
