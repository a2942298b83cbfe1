internal import GRDB
internal import LatchkeySchema

/// Latchkey's own tables, with their indexes and triggers.
enum OwnTables {
  /// A table, an index or a trigger.
  struct Object: Hashable {
    let kind: String
    let name: String
    let sql: String
  }

  /// The names of the tables.
  static let names = Result {
    try sandbox(after: OwnMigrations.files.get()) { db in
      try Set(objects(in: db).filter { $0.kind == "table" }.map(\.name))
    }
  }

  /// The names of all objects that there ever were.
  private static let objectNames = Result {
    var names: Set<String> = []
    var files: [MigrationFile] = []
    for file in try OwnMigrations.files.get() {
      files.append(file)
      names.formUnion(try sandbox(after: files) { try objects(in: $0).map(\.name) })
    }
    return names
  }

  private static func objects(in db: Database) throws -> Set<Object> {
    // What SQLite makes by itself has no statement.
    let rows = try Row.fetchAll(
      db, sql: "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return Set(rows.map { Object(kind: $0["type"], name: $0["name"], sql: $0["sql"]) })
  }

  /// The tables as they are, with our indexes and triggers.
  static func current(in db: Database) throws -> Set<Object> {
    let own = try names.get().union(objectNames.get())
    return try objects(in: db).filter { own.contains($0.name) }
  }

  /// An app's own indexes and triggers on a table: they go with it when it is made anew.
  static func appObjects(on table: String, in db: Database) throws -> [String] {
    let own = try objectNames.get()
    return try Row.fetchAll(
      db,
      sql: """
        SELECT name, sql FROM sqlite_master
        WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid
        """,
      arguments: [table]
    ).filter { !own.contains($0["name"]) }.map { $0["sql"] }
  }

  /// What is not as the steps make it, such as `trigger audit_is_never_changed`.
  static func changed(in db: Database, after files: [MigrationFile]) throws -> [String] {
    let found = try objects(in: db)
    return try sandbox(after: files) { try objects(in: $0) }.subtracting(found)
      .map { "\($0.kind) \($0.name)" }.sorted()
  }

  /// A database in memory that has Latchkey's own tables. Foreign keys rest, as in a step.
  static func sandbox<Value>(
    after files: [MigrationFile], _ body: (Database) throws -> Value
  ) throws -> Value {
    try DatabaseQueue().writeWithoutTransaction { db in
      try MigrationHistory.prepare(db)
      // Not by a step: that asks for these very names.
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")
      for file in files { try db.execute(sql: file.up.sql) }
      try db.execute(sql: "PRAGMA legacy_alter_table = OFF")
      return try body(db)
    }
  }
}
