internal import GRDB

/// One step of the schema. A step that has been released is never edited; the next one follows.
struct Migration: Sendable {
  let id: String
  let sql: String
  /// The tables that it makes anew.
  var rebuilds: [String] = []

  static let all = [accountsAndSessions, guarding, auditAnchor, appMigrations]
}

extension Migration {
  /// Brings the schema up to date.
  ///
  /// All steps run in one transaction that takes SQLite's write lock before it looks at what has
  /// been applied. So of two processes that start at once the second waits and then finds
  /// nothing to do, and a step that fails leaves nothing behind.
  ///
  /// Foreign keys rest meanwhile and are checked at the end: SQLite changes a table by making it
  /// anew, and dropping the old one would cascade through everything that refers to it.
  ///
  /// - Throws: `NewerSchema` when the database has steps that this program does not know.
  static func apply(_ migrations: [Migration], to db: Database) throws {
    try withForeignKeysAtRest(db) {
      try db.inTransaction(.immediate) {
        try db.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS latchkey_migration (
              id TEXT NOT NULL PRIMARY KEY
            ) STRICT, WITHOUT ROWID
            """)
        let applied = try Set(String.fetchAll(db, sql: "SELECT id FROM latchkey_migration"))
        let unknown = applied.subtracting(migrations.map(\.id))
        guard unknown.isEmpty else { throw NewerSchema(unknownMigrations: unknown.sorted()) }
        for migration in migrations where !applied.contains(migration.id) {
          let others = try appObjects(on: migration.rebuilds, db)
          try db.execute(sql: migration.sql)
          for sql in others { try db.execute(sql: sql) }
          try db.execute(
            sql: "INSERT INTO latchkey_migration (id) VALUES (?)", arguments: [migration.id])
          try db.checkForeignKeys()
        }
        return .commit
      }
    }
  }

  /// SQLite changes a table by making it anew. Dropping the old one would cascade through all that
  /// refers to it; and the name that the new one takes must not be looked for in an app's views.
  static func withForeignKeysAtRest<Value>(
    _ db: Database, _ body: () throws -> Value
  ) throws -> Value {
    try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")
    defer { try? db.execute(sql: "PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON") }
    return try body()
  }

  /// An app's own indexes and triggers on tables that are made anew: they go with the old table.
  private static func appObjects(on tables: [String], _ db: Database) throws -> [String] {
    try tables.flatMap { table in
      try String.fetchAll(
        db,
        sql: """
          SELECT sql FROM sqlite_master
          WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL
            AND name NOT LIKE 'account_by_%'
          """,
        arguments: [table])
    }
  }

  /// Whether all of them have been applied, and none that this program does not know.
  static func areApplied(_ migrations: [Migration], in db: Database) throws -> Bool {
    guard try db.tableExists("latchkey_migration") else { return false }
    let applied = try String.fetchSet(db, sql: "SELECT id FROM latchkey_migration")
    return applied == Set(migrations.map(\.id))
  }

  struct NewerSchema: Error {
    let unknownMigrations: [String]
  }
}
