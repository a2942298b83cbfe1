internal import GRDB
internal import LatchkeySchema

extension Schema {
  /// Reads the tables among the objects of a database, but for virtual ones.
  init(_ objects: [SQLiteObject], in db: Database) throws {
    self.init(
      tables: try objects.filter { $0.kind == "table" && !$0.isVirtual }
        .sorted { $0.name < $1.name }
        .map { try Table($0, with: objects.filter(\.hangsOnTable), in: db) })
  }
}

extension Schema.Table {
  fileprivate init(_ table: SQLiteObject, with objects: [SQLiteObject], in db: Database) throws {
    let name = table.name
    let text = SQLiteTableText(table.sql)
    let references = try Row.fetchAll(
      db,
      // Without a column it is the primary key.
      sql: """
        SELECT "from", "table", "to", on_delete,
          (SELECT name FROM pragma_table_info(f."table") WHERE pk = 1) AS key
        FROM pragma_foreign_key_list(?) f
        """,
      arguments: [name])
    let columns = try Row.fetchAll(
      db, sql: "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?)",
      arguments: [name])
    self.init(
      name,
      columns: columns.map { row in
        Schema.Column(row, text, references.first { $0["from"] == row["name"] as String })
      },
      primaryKey: columns.filter { $0["pk"] as Int > 0 }
        .sorted { ($0["pk"] as Int) < ($1["pk"] as Int) }.map { $0["name"] },
      checks: text.tableChecks,
      indexes: try Schema.Index.all(of: name, in: db))
    let said = Set(indexes.map(\.name))
    others = objects.filter { $0.table == name && !said.contains($0.name) }
      .map { Schema.Other(name: $0.name, sql: $0.sql) }
    unsaid = text.unsaid
    isStrict =
      try Bool.fetchOne(
        db, sql: "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = ?",
        arguments: [name]) ?? true
    for column in columns where self.column(column["name"])?.isTypeUnsaid == true {
      unsaid.append("the type \(column["type"] as String) in \(column["name"] as String)")
    }
    for column in columns where self.column(column["name"])?.isDefaultUnsaid == true {
      unsaid.append(
        "the default \(column["dflt_value"] as String) in \(column["name"] as String)")
    }
    if Set(references.map { $0["from"] as String }).count < references.count {
      unsaid.append("more than one REFERENCES of a column")
    }
  }
}

extension Schema.Column {
  fileprivate init(_ row: Row, _ text: SQLiteTableText, _ reference: Row?) {
    let name: String = row["name"]
    var checks = text.columnChecks[name] ?? []
    let said: [String: Schema.ColumnType] = [
      "INTEGER": .integer, "REAL": .real, "TEXT": .text, "BLOB": .blob,
    ]
    let known = said[(row["type"] as String).uppercased()]
    var type = known ?? .text
    let isBoolean = SQLTokens("\(name) IN (0, 1)")
    if type == .integer, let at = checks.firstIndex(where: { SQLTokens($0) == isBoolean }) {
      type = .boolean
      checks.remove(at: at)
    }
    if row["pk"] as Int > 0, text.isAutoincrement { type = .id }
    let given = (row["dflt_value"] as String?).flatMap { $0.uppercased() == "NULL" ? nil : $0 }
    let value = given.flatMap { Schema.DefaultValue(sqlite: $0, type) }
    self.init(
      name, type, optional: type != .id && row["notnull"] as Int == 0, default: value,
      check: checks.count > 1 ? checks.map { "(\($0))" }.joined(separator: " AND ") : checks.first,
      references: reference.map(Schema.Reference.init(row:)))
    isTypeUnsaid = known == nil
    isDefaultUnsaid = given != nil && value == nil
  }
}

extension Schema.DefaultValue {
  /// Nil for what is no literal.
  fileprivate init?(sqlite text: String, _ type: Schema.ColumnType) {
    var tokens = SQLTokens(text).tokens[...]
    let sign = ["-", "+"].contains(tokens.first) ? String(tokens.removeFirst()) : ""
    guard tokens.count == 1, let token = tokens.first, let first = token.unicodeScalars.first
    else { return nil }
    let isNumber = ("0"..."9").contains(first) || first == "."
    if first == "'", sign.isEmpty {
      self = .text(String(token.dropFirst().dropLast()).replacing("''", with: "'"))
    } else if isNumber, let number = Int64(sign + token) {
      self =
        switch type {
        case .boolean: .boolean(number != 0)
        case .real: .real(Double(number))
        default: .integer(number)
        }
    } else if isNumber, !token.lowercased().hasPrefix("0x"), let number = Double(sign + token) {
      self = .real(number)
    } else {
      return nil
    }
  }
}

extension Schema.Reference {
  fileprivate init(row: Row) {
    self.init(
      row["table"], column: row["to"] ?? row["key"] ?? "id",
      // SQLite's own default, NO ACTION, refuses as well, at the end of the statement.
      onDelete: Action(rawValue: row["on_delete"]) ?? .restrict)
  }
}

extension Schema.Index {
  /// Those that a schema can say, and not those with a condition, an order or on an expression.
  fileprivate static func all(of table: String, in db: Database) throws -> [Schema.Index] {
    let found = try Row.fetchAll(
      db,
      sql: """
        SELECT name, "unique" FROM pragma_index_list(?) WHERE origin = 'c' AND partial = 0
        ORDER BY seq DESC
        """,
      arguments: [table])
    return try found.compactMap { row -> Schema.Index? in
      let columns = try Row.fetchAll(
        db,
        sql: """
          SELECT name, "desc" OR coll <> 'BINARY' FROM pragma_index_xinfo(?) WHERE key
          ORDER BY seqno
          """,
        arguments: [row["name"]])
      guard !columns.contains(where: { $0[0] == nil || $0[1] }) else { return nil }
      return Schema.Index(row["name"], on: columns.map { $0[0] }, unique: row["unique"])
    }
  }
}
