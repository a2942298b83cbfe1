internal import GRDB
internal import LatchkeySchema

/// A table, an index, a trigger or a view, as it stands in a database.
struct SQLiteObject: Hashable, Sendable, CustomStringConvertible {
  let kind: String
  let name: String
  /// The table on which it hangs; of a table itself its own name.
  let table: String
  let sql: String

  var description: String { "\(kind) \(name)" }
  var hangsOnTable: Bool { kind == "index" || kind == "trigger" }
  var isVirtual: Bool { SQLTokens(sql).spelledAlike.starts(with: ["create", "virtual"]) }

  /// In the order in which they were made, without what SQLite makes by itself: it has no statement,
  /// or belongs to a virtual table.
  static func all(in db: Database) throws -> [SQLiteObject] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT type, name, tbl_name, sql FROM main.sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND tbl_name NOT IN (
            SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')
        ORDER BY rowid
        """
    ).map { SQLiteObject(kind: $0[0], name: $0[1], table: $0[2], sql: $0[3]) }
  }

  /// - Throws: ``MigrationFailure`` when one does not work, since what it needs is gone. SQLite asks
  ///   for that only when somebody uses it: the next who registers, for a trigger on accounts.
  static func check(_ id: String, in db: Database) throws {
    let objects = try all(in: db)
    let views = objects.filter { $0.kind == "view" }.map(\.name)
    for name in views {
      let table = name.quotedDatabaseIdentifier
      try compile("SELECT * FROM \(table)", id, of: "view \(name)", in: db)
    }
    // Those of a view would need a trigger for each event.
    let tables = Set(objects.filter { $0.kind == "trigger" }.map(\.table)).subtracting(views)
    for name in tables.sorted() {
      let table = name.quotedDatabaseIdentifier
      let assignments = try String.fetchAll(
        db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [name]
      ).map { $0.quotedDatabaseIdentifier + " = NULL" }.joined(separator: ", ")
      for sql in [
        "INSERT INTO \(table) DEFAULT VALUES", "UPDATE \(table) SET " + assignments,
        "DELETE FROM \(table)",
      ] { try compile(sql, id, of: "trigger on \(name)", in: db) }
    }
    let dangling = try Row.fetchOne(
      db,
      sql: """
        SELECT t.name, f."table" FROM main.sqlite_master t, pragma_foreign_key_list(t.name) f
        WHERE t.type = 'table' AND lower(f."table") NOT IN (
          SELECT lower(name) FROM main.sqlite_master WHERE type = 'table')
        """)
    if let dangling {
      throw MigrationFailure(
        id: id,
        reason: "the table \(dangling[0] as String) would refer to \(dangling[1] as String), which "
          + "is not there")
    }
  }

  private static func compile(_ sql: String, _ id: String, of what: String, in db: Database) throws
  {
    do {
      _ = try db.makeStatement(sql: sql)
    } catch let error as DatabaseError {
      // Functions, collations and modules may be known to the app alone.
      let reasons = ["no such table", "no such column", "unsafe use of virtual table"]
      guard let message = error.message, reasons.contains(where: message.hasPrefix) else { return }
      throw MigrationFailure(id: id, reason: "a \(what) would not work: \(message)")
    }
  }
}
