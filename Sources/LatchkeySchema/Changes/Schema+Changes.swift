extension Schema {
  /// The steps from this schema to another: new tables, changed tables, dropped tables.
  public func changes(to new: Schema) -> [SchemaChange] {
    var old = self
    let moved = old.removeIndexes(whoseNamesMoveIn: new)
    // What is referred to comes first and goes last.
    let created = new.inOrderOfReferences.filter { table($0.name) == nil }
    let dropped = old.inOrderOfReferences.reversed().filter { new.table($0.name) == nil }
    let changed = new.tables.flatMap { table in
      old.table(table.name).map { $0.changes(to: table) } ?? []
    }
    return moved + created.map(SchemaChange.createTable) + changed
      + dropped.map(SchemaChange.dropTable)
  }

  /// An index has its name before another table's can take it.
  private mutating func removeIndexes(whoseNamesMoveIn new: Schema) -> [SchemaChange] {
    var changes: [SchemaChange] = []
    for at in tables.indices {
      let name = tables[at].name
      let taken = new.tables.filter { $0.name != name }.flatMap(\.indexes).map(\.name)
      changes += tables[at].indexes.filter { taken.contains($0.name) }
        .map { .dropIndex($0, table: name) }
      tables[at].indexes.removeAll { taken.contains($0.name) }
    }
    return changes
  }

  /// The tables, each behind those that it refers to. Tables that refer to each other in a circle
  /// stand as they were declared.
  private var inOrderOfReferences: [Schema.Table] {
    var (rest, ordered): ([Schema.Table], [Schema.Table]) = (tables, [])
    while !rest.isEmpty {
      let waiting = Set(rest.map(\.name))
      let next = rest.firstIndex { table in
        table.columns.compactMap(\.references?.table)
          .allSatisfy { $0 == table.name || !waiting.contains($0) }
      }
      ordered.append(rest.remove(at: next ?? 0))
    }
    return ordered
  }

  /// The step that gives something another name.
  ///
  /// - Parameter new: where all steps lead.
  /// - Throws: ``RenameError``.
  package func change(for rename: Rename, towards new: Schema) throws -> SchemaChange {
    guard let name = rename.table else {
      guard table(rename.old) != nil else {
        throw RenameError(description: "There is no table \(rename.old) to rename.")
      }
      guard table(rename.new) == nil, new.table(rename.new) != nil, new.table(rename.old) == nil
      else { throw RenameError(notPossible: rename) }
      return .renameTable(from: rename.old, to: rename.new)
    }
    guard let table = table(name), table.column(rename.old) != nil else {
      throw RenameError(description: "There is no column \(name).\(rename.old) to rename.")
    }
    // The table itself may be about to get another name.
    let wanted = new.table(name)?.columns.map(\.name) ?? [rename.new]
    guard table.column(rename.new) == nil, wanted.contains(rename.new),
      !wanted.contains(rename.old)
    else { throw RenameError(notPossible: rename) }
    return .renameColumn(table: name, from: rename.old, to: rename.new)
  }
}

extension Schema.Table {
  fileprivate func changes(to new: Schema.Table) -> [SchemaChange] {
    let dropped = columns.filter { new.column($0.name) == nil }
    let added = new.columns.filter { column($0.name) == nil }
    let kept = columns.filter { new.column($0.name) != nil }
    let isSame =
      (kept + added).map(\.comparable) == new.columns.map { $0.comparable(with: column($0.name)) }
      && primaryKey == new.primaryKey
      && Set(checks.map { SQLTokens($0).spelledAlike })
        == Set(new.checks.map { SQLTokens($0).spelledAlike })
    guard isSame, dropped.allSatisfy(canDrop), added.allSatisfy(\.canBeAdded) else {
      return [.rebuild(from: self, to: new)]
    }
    // An index goes before the column that it names, and comes behind it.
    return indexes.filter { !new.indexes.contains($0) }.map { .dropIndex($0, table: name) }
      + dropped.map { .dropColumn($0, table: new) } + added.map { .addColumn($0, table: new) }
      + new.indexes.filter { !indexes.contains($0) }.map { .createIndex($0, table: name) }
  }

  /// In place: nothing else of the table names the column.
  private func canDrop(_ column: Schema.Column) -> Bool {
    let others = checks + columns.filter { $0.name != column.name }.compactMap(\.check)
    return !primaryKey.contains(column.name) && column.references == nil
      && !others.contains { SQLTokens($0).spelledAlike.contains(column.name) }
  }
}

extension Schema.Column {
  /// In place: all rows can have it at once.
  fileprivate var canBeAdded: Bool {
    type != .id && (isOptional || defaultValue != nil)
      && (references == nil || defaultValue == nil)
  }

  /// Without what the column has already and a schema cannot say.
  fileprivate func comparable(with old: Schema.Column?) -> Schema.Column {
    var column = comparable
    if let old, old.isTypeUnsaid {
      column.type = old.type
      column.isTypeUnsaid = true
    }
    if let old, old.isDefaultUnsaid {
      column.defaultValue = old.defaultValue
      column.isDefaultUnsaid = true
    }
    return column
  }

  /// The same for two spellings of one condition.
  fileprivate var comparable: Schema.Column {
    var column = self
    column.check = check.map { SQLTokens($0).spelledAlike.joined(separator: " ") }
    return column
  }
}
