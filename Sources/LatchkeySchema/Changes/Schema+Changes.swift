extension Schema {
  /// The steps from this schema to another: renames, new tables, changed tables, dropped tables.
  ///
  /// - Throws: ``RenameError``.
  public func changes(to new: Schema, renames: [Rename] = []) throws -> [SchemaChange] {
    var old = self
    let renamed = try renames.map { try old.apply($0, towards: new) }
    // What is referred to comes first and goes last.
    let created = new.inOrderOfReferences.filter { old.table($0.name) == nil }
    let dropped = old.inOrderOfReferences.reversed().filter { new.table($0.name) == nil }
    let changed = new.tables.flatMap { table in
      old.table(table.name).map { $0.changes(to: table) } ?? []
    }
    return renamed + created.map(SchemaChange.createTable) + changed
      + dropped.map(SchemaChange.dropTable)
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

  private mutating func apply(_ rename: Rename, towards new: Schema) throws -> SchemaChange {
    guard let name = rename.table else {
      guard let at = tables.firstIndex(where: { $0.name == rename.old }) else {
        throw RenameError(description: "There is no table \(rename.old) to rename.")
      }
      guard table(rename.new) == nil, new.table(rename.new) != nil, new.table(rename.old) == nil
      else { throw RenameError(notWanted: rename) }
      tables[at].name = rename.new
      for table in tables.indices { tables[table].refer(to: rename.new, insteadOf: rename.old) }
      return .renameTable(from: rename.old, to: rename.new)
    }
    guard let at = tables.firstIndex(where: { $0.name == name }),
      tables[at].column(rename.old) != nil
    else { throw RenameError(description: "There is no column \(name).\(rename.old) to rename.") }
    // The table itself may be about to get another name.
    let wanted = new.table(name)?.columns.map(\.name) ?? [rename.new]
    guard tables[at].column(rename.new) == nil, wanted.contains(rename.new),
      !wanted.contains(rename.old)
    else { throw RenameError(notWanted: rename) }
    tables[at].rename(rename.old, to: rename.new)
    return .renameColumn(table: name, from: rename.old, to: rename.new)
  }
}

extension RenameError {
  fileprivate init(notWanted rename: Rename) {
    description =
      "\(rename.old) cannot become \(rename.new): the declared schema must have the new name and "
      + "not the old one, and the migrations so far the old one and not the new."
  }
}

extension Schema.Table {
  fileprivate mutating func refer(to new: String, insteadOf old: String) {
    for column in columns.indices where columns[column].references?.table == old {
      columns[column].references?.table = new
    }
  }

  fileprivate mutating func rename(_ old: String, to new: String) {
    let renamed: (String) -> String = { $0 == old ? new : $0 }
    let rewritten: (String) -> String = { check in
      SQLTokens(check).tokens.map { renamed(String($0)) }.joined(separator: " ")
    }
    for column in columns.indices {
      columns[column].name = renamed(columns[column].name)
      columns[column].check = columns[column].check.map(rewritten)
    }
    primaryKey = primaryKey.map(renamed)
    checks = checks.map(rewritten)
    for index in indexes.indices { indexes[index].columns = indexes[index].columns.map(renamed) }
  }

  fileprivate func changes(to new: Schema.Table) -> [SchemaChange] {
    let dropped = columns.filter { new.column($0.name) == nil }
    let added = new.columns.filter { column($0.name) == nil }
    let kept = columns.filter { new.column($0.name) != nil }
    let isSame =
      (kept + added).map(\.comparable) == new.columns.map(\.comparable)
      && primaryKey == new.primaryKey
      && Set(checks.map(SQLTokens.init)) == Set(new.checks.map(SQLTokens.init))
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
      && !others.contains { SQLTokens($0).tokens.contains(Substring(column.name)) }
  }
}

extension Schema.Column {
  /// In place: all rows can have it at once.
  fileprivate var canBeAdded: Bool {
    type != .id && (isOptional || defaultValue != nil)
      && (references == nil || defaultValue == nil)
  }

  /// The same for two spellings of one condition.
  fileprivate var comparable: Schema.Column {
    var column = self
    column.check = check.map { SQLTokens($0).tokens.joined(separator: " ") }
    return column
  }
}
