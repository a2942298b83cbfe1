internal import GRDB
internal import LatchkeySchema

/// The steps that a database has been through: Latchkey's own, or the app's.
enum MigrationHistory: String {
  case latchkey, app

  /// In order; none when nobody has ever taken a step.
  func applied(in db: Database) throws -> [AppliedMigration] {
    guard try db.tableExists("latchkey_migration", in: "main") else { return [] }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT id, checksum, applied_at_ms FROM main.latchkey_migration WHERE owner = ? ORDER BY id
        """,
      arguments: [rawValue]
    ).map { AppliedMigration(id: $0[0], checksum: $0[1], appliedAt: $0[2]) }
  }

  func add(_ file: MigrationFile, appliedAt: Int64, in db: Database) throws {
    try db.execute(
      sql: "INSERT INTO main.latchkey_migration VALUES (?, ?, ?, ?)",
      arguments: [rawValue, file.id, file.checksum, appliedAt])
  }

  func remove(_ id: String, in db: Database) throws {
    try db.execute(
      sql: "DELETE FROM main.latchkey_migration WHERE owner = ? AND id = ?",
      arguments: [rawValue, id])
  }

  /// The one table that no step makes: the steps are written down in it.
  static func prepare(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS main.latchkey_migration (
          owner TEXT NOT NULL CHECK (owner IN ('latchkey', 'app')),
          id TEXT NOT NULL,
          -- The SHA-256 of the statements, in hexadecimal digits.
          checksum TEXT NOT NULL CHECK (length(checksum) = 64),
          applied_at_ms INTEGER NOT NULL,
          PRIMARY KEY (owner, id)
        ) STRICT, WITHOUT ROWID
        """)
  }
}
