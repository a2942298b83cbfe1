internal import GRDB
internal import LatchkeySchema

/// A database in memory without rows, to see what steps make.
enum Sandbox {
  /// - Parameters:
  ///   - own: steps of Latchkey's own tables.
  ///   - files: steps of the app's, after them.
  static func with<Value>(
    own: [MigrationFile], _ files: [MigrationFile] = [], _ body: (Database) throws -> Value
  ) throws -> Value {
    try DatabaseQueue().writeWithoutTransaction { db in
      try MigrationHistory.prepare(db)
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF")
      for file in own { try take(file, of: .latchkey, in: db) }
      for file in files { try take(file, of: .app, in: db) }
      return try body(db)
    }
  }

  /// Rows do not matter to what tables there are, and a step may count on some that are not here.
  private static func take(
    _ file: MigrationFile, of history: MigrationHistory, in db: Database
  ) throws {
    do {
      try MigrationFailure.named(file.id) {
        try MigrationStep(file: file, history: history).run(file.up.sql, isRehearsal: true, in: db)
      }
    } catch let failure as MigrationFailure {
      throw failure.rehearsed
    }
  }
}
