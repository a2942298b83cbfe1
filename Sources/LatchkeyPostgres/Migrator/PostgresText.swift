#if Postgres
  internal import LatchkeySchema

  /// Declared tables as PostgreSQL's statements.
  enum PostgresText {
    /// The statements that make them, each without its semicolon.
    static func create(_ schema: Schema) -> [String] {
      var made: Set<String> = OwnMigrations.tables
      var later: [String] = []
      let statements = Schema().changes(to: schema).flatMap { change -> [String] in
        guard case .createTable(let table) = change else { return [] }
        made.insert(table.name)
        // In a circle of tables one has to come first.
        let early = table.columns.filter { $0.references.map { made.contains($0.table) } ?? true }
        later += table.columns.filter { !early.contains($0) }.compactMap { column in
          column.references.map {
            "ALTER TABLE \(table.name.quoted) ADD FOREIGN KEY (\(column.name.quoted)) \(reference($0))"
          }
        }
        return [create(table, referring: Set(early.map(\.name)))]
          + table.indexes.map { create($0, on: table.name) }
      }
      return statements + later
    }

    private static func create(_ table: Schema.Table, referring: Set<String>) -> String {
      var lines = table.columns.map { column in
        definition(column, of: table)
          + (referring.contains(column.name)
            ? column.references.map { " " + reference($0) } ?? "" : "")
      }
      if table.primaryKey.count > 1 { lines.append("PRIMARY KEY (\(names(table.primaryKey)))") }
      lines += table.checks.map { "CHECK (\($0))" }
      return """
        CREATE TABLE \(table.name.quoted) (
          \(lines.joined(separator: ",\n  "))
        )
        """
    }

    private static func definition(_ column: Schema.Column, of table: Schema.Table) -> String {
      if column.type == .id {
        return "\(column.name.quoted) BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY"
      }
      var words = [column.name.quoted, typeName(column.type)]
      if !column.isOptional { words.append("NOT NULL") }
      if table.primaryKey == [column.name] { words.append("PRIMARY KEY") }
      if let value = column.defaultValue { words.append("DEFAULT \(literal(value))") }
      if let check = column.check { words.append("CHECK (\(check))") }
      return words.joined(separator: " ")
    }

    private static func reference(_ reference: Schema.Reference) -> String {
      "REFERENCES \(reference.table.quoted) (\(reference.column.quoted)) "
        + "ON DELETE \(reference.onDelete.rawValue)"
    }

    private static func create(_ index: Schema.Index, on table: String) -> String {
      "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(index.name.quoted) ON \(table.quoted) "
        + "(\(names(index.columns)))"
    }

    private static func names(_ names: [String]) -> String {
      names.map(\.quoted).joined(separator: ", ")
    }

    /// As the server writes it, in small letters: what `format_type` says.
    static func typeName(_ type: Schema.ColumnType) -> String {
      switch type {
      case .id, .integer: "BIGINT"
      case .real: "DOUBLE PRECISION"
      case .text: "TEXT"
      case .blob: "BYTEA"
      case .boolean: "BOOLEAN"
      }
    }

    private static func literal(_ value: Schema.DefaultValue) -> String {
      switch value {
      case .integer(let value): "\(value)"
      case .real(let value): "\(value)"
      case .text(let value): "'\(value.replacing("'", with: "''"))'"
      case .boolean(let value): value ? "true" : "false"
      }
    }
  }
#endif
