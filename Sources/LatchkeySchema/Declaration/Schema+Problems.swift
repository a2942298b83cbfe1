extension Schema {
  /// What makes it impossible as a schema, one sentence for each problem. Empty when it is fine.
  ///
  /// - Parameter foreign: the tables that are there already: Latchkey's own.
  public func problems(besides foreign: Set<String> = []) -> [String] {
    var problems = Self.repeated(tables.map(\.name)).map { "There are two tables named \($0)." }
    problems += Self.repeated(tables.flatMap(\.indexes).map(\.name))
      .map { "There are two indexes named \($0)." }
    for table in tables {
      if foreign.contains(table.name) || table.name.hasPrefix("latchkey_") {
        problems.append("The table \(table.name) is Latchkey's own: choose another name.")
      }
      problems += table.problems.map { "Table \(table.name): \($0)" }
      for column in table.columns {
        guard let reference = column.references else { continue }
        if let other = self.table(reference.table) {
          if other.primaryKey != [reference.column] {
            problems.append(
              "Table \(table.name): \(column.name) must refer to the primary key of \(other.name).")
          }
        } else if !foreign.contains(reference.table) {
          problems.append(
            "Table \(table.name): \(column.name) refers to \(reference.table), which is no table.")
        }
      }
    }
    return problems
  }

  fileprivate static func repeated(_ names: [String]) -> [String] {
    Dictionary(grouping: names, by: { $0 }).filter { $1.count > 1 }.keys.sorted()
  }
}

extension Schema.Table {
  fileprivate var problems: [String] {
    var problems: [String] = []
    for name in [name] + columns.map(\.name) + indexes.map(\.name) where !Self.isName(name) {
      problems.append(
        "“\(name)” is no name: small letters, digits and _, beginning with a letter, at most 63.")
    }
    problems += Schema.repeated(columns.map(\.name)).map { "there are two columns named \($0)." }
    if columns.isEmpty { problems.append("it has no columns.") }
    if primaryKey.isEmpty { problems.append("it has no primary key.") }
    for key in primaryKey where column(key)?.isOptional != false {
      problems.append("\(key) of the primary key is no column, or an optional one.")
    }
    if let id = columns.first(where: { $0.type == .id }) {
      if primaryKey != [id.name] { problems.append("\(id.name) must be the primary key, alone.") }
      if id.check != nil || id.defaultValue != nil || id.references != nil || id.isOptional {
        problems.append("\(id.name) is given by the database: nothing more can be said about it.")
      }
    }
    for index in indexes {
      if index.columns.isEmpty { problems.append("the index \(index.name) has no columns.") }
      for name in index.columns where column(name) == nil {
        problems.append("the index \(index.name) names \(name), which is no column.")
      }
    }
    for column in columns {
      if let value = column.defaultValue, !column.type.holds(value) {
        problems.append("the default of \(column.name) is not \(column.type.rawValue).")
      }
      if column.references?.onDelete == .setNull, !column.isOptional {
        problems.append("\(column.name) cannot be set to NULL, since it is not optional.")
      }
    }
    for check in checks + columns.compactMap(\.check) where !SQLTokens.isExpression(check) {
      problems.append("the check “\(check)” is not one SQL expression.")
    }
    return problems
  }

  private static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, bytes.count <= 63 else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return letters.contains(first)
      && bytes.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
      && !name.hasPrefix("sqlite_")
  }
}

extension Schema.ColumnType {
  fileprivate func holds(_ value: Schema.DefaultValue) -> Bool {
    switch (self, value) {
    case (.integer, .integer), (.real, .real), (.real, .integer), (.text, .text),
      (.boolean, .boolean):
      true
    default: false
    }
  }
}
