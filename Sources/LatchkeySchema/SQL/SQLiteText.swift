/// Changes as SQLite's statements.
public enum SQLiteText {
  /// The statements, each without its semicolon.
  public static func statements(for change: SchemaChange) -> [String] {
    switch change {
    case .renameTable(let old, let new):
      ["ALTER TABLE \(name(old)) RENAME TO \(name(new))"]
    case .renameColumn(let table, let old, let new):
      ["ALTER TABLE \(name(table)) RENAME COLUMN \(name(old)) TO \(name(new))"]
    case .createTable(let table):
      [create(table)] + table.indexes.map { create($0, on: table.name) } + table.others.map(\.sql)
    case .dropTable(let table):
      ["DROP TABLE \(name(table.name))"]
    case .addColumn(let column, let table):
      ["ALTER TABLE \(name(table.name)) ADD COLUMN \(definition(column, of: table))"]
    case .dropColumn(let column, let table):
      ["ALTER TABLE \(name(table.name)) DROP COLUMN \(name(column.name))"]
    case .rebuild(let old, let new):
      rebuild(old, new)
    case .createIndex(let index, let table):
      [create(index, on: table)]
    case .dropIndex(let index, _):
      ["DROP INDEX \(name(index.name))"]
    }
  }

  private static func create(_ table: Schema.Table, named newName: String? = nil) -> String {
    var lines = table.columns.map { definition($0, of: table) }
    if table.primaryKey.count > 1 { lines.append("PRIMARY KEY (\(names(table.primaryKey)))") }
    lines += table.checks.map { "CHECK (\($0))" }
    return """
      CREATE TABLE \(name(newName ?? table.name)) (
        \(lines.joined(separator: ",\n  "))
      ) STRICT
      """
  }

  private static func create(_ index: Schema.Index, on table: String) -> String {
    "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(name(index.name)) ON \(name(table)) "
      + "(\(names(index.columns)))"
  }

  private static func definition(_ column: Schema.Column, of table: Schema.Table) -> String {
    if column.type == .id { return "\(name(column.name)) INTEGER PRIMARY KEY AUTOINCREMENT" }
    var words = [name(column.name), typeName(column.type)]
    if !column.isOptional { words.append("NOT NULL") }
    if table.primaryKey == [column.name] { words.append("PRIMARY KEY") }
    if let value = column.defaultValue { words.append("DEFAULT \(literal(value))") }
    if column.type == .boolean { words.append("CHECK (\(name(column.name)) IN (0, 1))") }
    if let check = column.check { words.append("CHECK (\(check))") }
    if let reference = column.references {
      words.append(
        "REFERENCES \(name(reference.table)) (\(name(reference.column))) "
          + "ON DELETE \(reference.onDelete.rawValue)")
    }
    return words.joined(separator: " ")
  }

  /// SQLite changes little in place: the table is made anew and takes the old one's name.
  /// (sqlite.org/lang_altertable.html, section 7; foreign keys rest meanwhile.)
  private static func rebuild(_ old: Schema.Table, _ new: Schema.Table) -> [String] {
    let temporary = "\(new.name)_new"
    let (kept, conditions) = copied(old, new)
    let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    var statements = [
      "-- SQLite cannot change this in place: a new table takes the rows over.\n"
        + create(new, named: temporary)
    ]
    if !kept.isEmpty {
      statements.append(
        """
        INSERT INTO \(name(temporary)) (\(names(kept.map(\.column))))
          SELECT \(kept.map(\.value).joined(separator: ", ")) FROM \(name(old.name))\(condition)
        """)
    }
    if new.columns.contains(where: { $0.type == .id }) {
      // A number that was given out once is never given out again.
      statements.append(
        "-- The next number goes along.\n"
          + "DELETE FROM sqlite_sequence WHERE name = '\(temporary)'\n"
          + "  AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '\(old.name)')")
      statements.append(
        "INSERT INTO sqlite_sequence (name, seq)\n"
          + "  SELECT '\(temporary)', seq FROM sqlite_sequence WHERE name = '\(old.name)'")
    }
    return statements + ["DROP TABLE \(name(old.name))"]
      + ["ALTER TABLE \(name(temporary)) RENAME TO \(name(new.name))"]
      + new.indexes.map { create($0, on: new.name) } + new.others.map(\.sql)
  }

  private static func copied(
    _ old: Schema.Table, _ new: Schema.Table
  ) -> (kept: [(column: String, value: String)], conditions: [String]) {
    var kept: [(column: String, value: String)] = []
    var conditions: [String] = []
    for column in new.columns {
      let isNeeded = !column.isOptional && column.type != .id
      guard let before = old.column(column.name) else {
        // There is nothing that a row could have there.
        if isNeeded, column.defaultValue == nil { conditions.append("false") }
        continue
      }
      var value = name(column.name)
      if before.type != column.type, typeName(before.type) != typeName(column.type) {
        value = "CAST(\(value) AS \(typeName(column.type)))"
      }
      if isNeeded, before.isOptional {
        if let given = column.defaultValue {
          value = "ifnull(\(value), \(literal(given)))"
        } else {
          conditions.append("\(name(column.name)) IS NOT NULL")
        }
      }
      kept.append((name(column.name), value))
    }
    return (kept, conditions)
  }

  private static func typeName(_ type: Schema.ColumnType) -> String {
    switch type {
    case .id, .integer, .boolean: "INTEGER"
    case .real: "REAL"
    case .text: "TEXT"
    case .blob: "BLOB"
    }
  }

  private static func literal(_ value: Schema.DefaultValue) -> String {
    switch value {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): "'\(value.replacing("'", with: "''"))'"
    case .boolean(let value): value ? "1" : "0"
    }
  }

  private static func names(_ names: [String]) -> String {
    names.map(name).joined(separator: ", ")
  }

  /// In quotes when it would be a word of SQL's.
  private static func name(_ name: String) -> String {
    SQLKeywords.all.contains(name) ? "\"\(name)\"" : name
  }
}
