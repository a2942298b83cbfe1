internal import GRDB
internal import LatchkeySchema

extension Schema {
  /// Reads the tables that a database has.
  ///
  /// - Parameter foreign: tables to leave out.
  /// - Throws: ``UnspeakableColumnError`` for what a `Schema` cannot say.
  init(in db: Database, besides foreign: Set<String>) throws {
    let found = try Row.fetchAll(
      db,
      sql: """
        SELECT name, sql FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
        """)
    self.init(
      tables: try found.filter { !foreign.contains($0["name"]) }
        .map { try Table(named: $0["name"], sql: $0["sql"], in: db) })
  }
}

extension Schema.Table {
  fileprivate init(named name: String, sql: String, in db: Database) throws {
    let text = SQLiteTableText(sql)
    let references = try Row.fetchAll(
      db, sql: "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list(?)",
      arguments: [name])
    let columns = try Row.fetchAll(
      db, sql: "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?)",
      arguments: [name])
    self.init(
      name,
      columns: try columns.map { row in
        try Schema.Column(
          row, of: name, text, references.first { $0["from"] == row["name"] as String })
      },
      primaryKey: columns.filter { $0["pk"] as Int > 0 }
        .sorted { ($0["pk"] as Int) < ($1["pk"] as Int) }.map { $0["name"] },
      checks: text.tableChecks,
      indexes: try Schema.Index.all(of: name, in: db))
    let spoken = Set(indexes.map(\.name))
    others = try Row.fetchAll(
      db,
      sql: """
        SELECT name, sql FROM sqlite_master
        WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid
        """,
      arguments: [name]
    ).filter { !spoken.contains($0["name"]) }.map { $0["sql"] }
  }
}

extension Schema.Column {
  fileprivate init(
    _ row: Row, of table: String, _ text: SQLiteTableText, _ reference: Row?
  ) throws {
    let name: String = row["name"]
    var checks = text.columnChecks[name] ?? []
    var type: Schema.ColumnType
    switch (row["type"] as String).uppercased() {
    case "INTEGER": type = .integer
    case "REAL": type = .real
    case "TEXT": type = .text
    case "BLOB": type = .blob
    default: throw UnspeakableColumnError(table: table, column: name, what: row["type"])
    }
    let isBoolean = SQLTokens("\(name) IN (0, 1)")
    if type == .integer, let at = checks.firstIndex(where: { SQLTokens($0) == isBoolean }) {
      type = .boolean
      checks.remove(at: at)
    }
    if row["pk"] as Int > 0, text.isAutoincrement { type = .id }
    var value: Schema.DefaultValue?
    if let given = row["dflt_value"] as String?, given.uppercased() != "NULL" {
      value = try Schema.DefaultValue(sqlite: given, type, of: "\(table).\(name)")
    }
    self.init(
      name, type, optional: type != .id && row["notnull"] as Int == 0, default: value,
      check: checks.count > 1 ? checks.map { "(\($0))" }.joined(separator: " AND ") : checks.first,
      references: reference.map(Schema.Reference.init(row:)))
  }
}

extension Schema.DefaultValue {
  fileprivate init(sqlite text: String, _ type: Schema.ColumnType, of column: String) throws {
    if text.first == "'", text.last == "'", text.count >= 2 {
      self = .text(String(text.dropFirst().dropLast()).replacing("''", with: "'"))
    } else if let number = Int64(text) {
      self =
        switch type {
        case .boolean: .boolean(number != 0)
        case .real: .real(Double(number))
        default: .integer(number)
        }
    } else if let number = Double(text) {
      self = .real(number)
    } else {
      throw UnspeakableColumnError(table: nil, column: column, what: "the default \(text)")
    }
  }
}

extension Schema.Reference {
  fileprivate init(row: Row) {
    self.init(
      row["table"], column: row["to"] ?? "id",
      // SQLite's own default, NO ACTION, refuses as well, at the end of the statement.
      onDelete: Action(rawValue: row["on_delete"]) ?? .restrict)
  }
}

extension Schema.Index {
  /// Those that a schema can say. Indexes with a condition or on an expression are somebody's own.
  fileprivate static func all(of table: String, in db: Database) throws -> [Schema.Index] {
    let found = try Row.fetchAll(
      db,
      sql: """
        SELECT name, "unique" FROM pragma_index_list(?) WHERE origin = 'c' AND partial = 0
        ORDER BY seq DESC
        """,
      arguments: [table])
    return try found.compactMap { row -> Schema.Index? in
      let columns = try (String?).fetchAll(
        db, sql: "SELECT name FROM pragma_index_info(?) ORDER BY seqno", arguments: [row["name"]])
      guard !columns.contains(nil) else { return nil }
      return Schema.Index(row["name"], on: columns.compactMap { $0 }, unique: row["unique"])
    }
  }
}

/// The database has something that a `Schema` cannot say.
public struct UnspeakableColumnError: Error, Hashable, Sendable, CustomStringConvertible {
  let table: String?
  let column: String
  let what: String

  public var description: String {
    "The column \((table.map { $0 + "." } ?? "") + column) has \(what), which a schema cannot say. "
      + "Change it in a migration of your own to one of INTEGER, REAL, TEXT and BLOB."
  }
}
