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
        SELECT type, name,
          -- A trigger keeps the name as somebody wrote it.
          ifnull((
            SELECT name FROM main.sqlite_master t
            WHERE t.name = s.tbl_name COLLATE NOCASE AND t.type IN ('table', 'view')), tbl_name),
          sql
        FROM main.sqlite_master s
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND tbl_name NOT IN (
            SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')
        ORDER BY s.rowid
        """
    ).map { SQLiteObject(kind: $0[0], name: $0[1], table: $0[2], sql: $0[3]) }
  }

  /// What does not work, since what it needs is gone, one phrase for each. SQLite asks for that only
  /// when somebody uses it: the next who registers, for a trigger on accounts.
  static func broken(in db: Database) throws -> Set<String> {
    let objects = try all(in: db)
    let views = objects.filter { $0.kind == "view" }.map(\.name)
    var broken = Set(
      views.compactMap { name in
        let table = name.quotedDatabaseIdentifier
        return problem("SELECT * FROM \(table)", of: "view \(name)", in: db)
      })
    for trigger in objects where trigger.kind == "trigger" {
      for sql in try trigger.firingStatements(in: db) {
        let what = "trigger on \(trigger.table)"
        if let problem = problem(sql, of: what, in: db) { broken.insert(problem) }
      }
    }
    return try broken.union(brokenReferences(in: db))
  }

  /// A statement of the trigger's table for each event. On a view only those can be that have one.
  private func firingStatements(in db: Database) throws -> [String] {
    let table = table.quotedDatabaseIdentifier
    let assignments = try String.fetchAll(
      db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [self.table]
    ).map { $0.quotedDatabaseIdentifier + " = NULL" }.joined(separator: ", ")
    let statements = [
      "insert": "INSERT INTO \(table) DEFAULT VALUES", "delete": "DELETE FROM \(table)",
      "update": "UPDATE \(table) SET " + assignments,
    ]
    let words = SQLTokens(sql).spelledAlike
    let event = words.first { statements.keys.contains($0) }
    return event.flatMap { statements[$0] }.map { [$0] } ?? []
  }

  private static func brokenReferences(in db: Database) throws -> [String] {
    let dangling = try Row.fetchAll(
      db,
      sql: """
        SELECT t.name, f."table" FROM main.sqlite_master t, pragma_foreign_key_list(t.name) f
        WHERE t.type = 'table' AND lower(f."table") NOT IN (
          SELECT lower(name) FROM main.sqlite_master WHERE type = 'table')
        """)
    let referring = try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT t.name FROM main.sqlite_master t, pragma_foreign_key_list(t.name) f
        WHERE t.type = 'table'
        """)
    return dangling.map { row in
      "the table \(row[0] as String) refers to \(row[1] as String), which is not there"
    }
      + referring.compactMap { name in
        let table = name.quotedDatabaseIdentifier
        return problem("PRAGMA foreign_key_check(\(table))", of: "REFERENCES of \(name)", in: db)
      }
  }

  private static func problem(_ sql: String, of what: String, in db: Database) -> String? {
    do {
      _ = try db.makeStatement(sql: sql)
      return nil
    } catch {
      let message = (error as? DatabaseError)?.message ?? "\(error)"
      // These may be known to the app alone.
      let unknown = ["no such function", "no such collation", "no such module"]
      return unknown.contains(where: message.hasPrefix)
        ? nil : "a \(what) does not work: \(message)"
    }
  }
}
