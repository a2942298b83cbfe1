import Foundation
internal import GRDB
public import LatchkeyCore

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
      var diagnosis = DatabaseDiagnosis()
      diagnosis.conditions = try conditions(of: path, db)
      diagnosis.accounts = try count("SELECT count(*) FROM account")
      diagnosis.unusedAccounts = try count(
        """
        SELECT count(*) FROM account WHERE created_at_ms < ?
          AND NOT EXISTS (SELECT 1 FROM session WHERE account_id = account.id)
          AND NOT EXISTS (SELECT 1 FROM known_browser WHERE account_id = account.id)
        """, [createdBefore.millisecondsSinceEpoch])
      diagnosis.accountsWithoutWay = try count(
        """
        SELECT count(*) FROM account WHERE password_hash IS NULL AND NOT EXISTS (
          SELECT 1 FROM recovery_code WHERE account_id = account.id AND expires_at_ms > ?)
        """, [now.millisecondsSinceEpoch])
      diagnosis.works = Dictionary(
        works.map { (PasswordWork(rawValue: $0[0]), $0[1]) }, uniquingKeysWith: +)
      diagnosis.lastEvent = try Int64.fetchOne(
        db, sql: "SELECT at_ms FROM audit ORDER BY number DESC LIMIT 1"
      ).map(Timestamp.init(millisecondsSinceEpoch:))
      return diagnosis
    }
  }

  private static func conditions(
    of path: String, _ db: Database
  ) throws -> [DatabaseDiagnosis.Condition] {
    var conditions = DatabaseFile.exposed(of: path).map { path in
      DatabaseDiagnosis.Condition(
        .danger, finding: "Others may get at \(path).",
        why: "It holds password hashes, or is the folder of the file that does.",
        mend: "chmod go-rwx \(path)")
    }
    let journalMode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
    if journalMode != "wal" {
      conditions.append(
        .init(
          .risk, finding: "The database is in the mode \(journalMode), not wal.",
          why: "Readers and writers wait for each other.",
          mend: "Stop all who use it, and open it once with this program."))
    }
    if let free = DatabaseFile.freeBytes(at: path), free < 1 << 30 {
      conditions.append(
        .init(
          free < 100 << 20 ? .danger : .risk,
          finding: "The disk of the database has \(free >> 20) MiB left.",
          why: "When it is full nobody can log in.",
          mend: "Make room, or keep the audit trail for a shorter time (audit.retentionDays)."))
    }
    if let broken = try MigrationStep.brokenReference(in: db) {
      conditions.append(
        .init(
          .risk, finding: "\(broken).",
          why:
            "Somebody wrote with foreign keys off. No migration can be applied, none of Latchkey's "
            + "own either.",
          mend:
            "Delete the rows, or bring back what they refer to. PRAGMA foreign_key_check lists them."
        ))
    }
    return conditions
  }
}
