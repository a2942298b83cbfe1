package import LatchkeySchema

extension AppTables {
  /// What of these is not as others are.
  package func drift(from made: AppTables) -> [Drift] {
    let mine = Dictionary(objects.map { ($0.description, $0) }) { first, _ in first }
    let theirs = Dictionary(made.objects.map { ($0.description, $0) }) { first, _ in first }
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { name in
      switch (mine[name], theirs[name]) {
      case (let found?, let expected?):
        isAlike(found, expected, in: made)
          ? nil : Drift(object: name, problem: .changed, made: expected.sql, found: found.sql)
      case (let found?, nil):
        Drift(object: name, problem: .additional, made: nil, found: found.sql)
      case (nil, let expected?):
        Drift(object: name, problem: .missing, made: expected.sql, found: nil)
      case (nil, nil): nil
      }
    }
  }

  /// What a schema can say is compared by what it says, and not by its words: a step back writes it
  /// in others.
  private func isAlike(_ found: SQLiteObject, _ expected: SQLiteObject, in made: AppTables) -> Bool
  {
    let name = found.name
    guard found.table == expected.table else { return false }
    switch found.kind {
    case "table":
      if let (left, right) = both(schema.saidTable(name), made.schema.saidTable(name)) {
        return left.isStrict == right.isStrict
          && Schema(tables: [left]).changes(to: Schema(tables: [right])).isEmpty
      }
    case "index":
      if let (left, right) = both(schema.index(name), made.schema.index(name)) {
        return left == right
      }
    default: break
    }
    return SQLTokens(found.sql).spelledAlike == SQLTokens(expected.sql).spelledAlike
  }

  private func both<Value>(_ left: Value?, _ right: Value?) -> (Value, Value)? {
    guard let left, let right else { return nil }
    return (left, right)
  }
}

extension Schema {
  fileprivate func index(_ name: String) -> Index? {
    tables.flatMap(\.indexes).first { $0.name == name }
  }

  /// Without what hangs on it; nil when there is more in it than a schema can say.
  fileprivate func saidTable(_ name: String) -> Table? {
    guard var table = table(name), table.unsaid.isEmpty else { return nil }
    table.indexes = []
    table.others = []
    return table
  }
}
