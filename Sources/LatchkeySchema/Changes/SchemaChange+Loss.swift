extension SchemaChange {
  /// What gets lost by it, one phrase for each loss: `the table note with its rows`.
  public var losses: [String] {
    switch self {
    case .dropTable(let table):
      ["the table \(table.name) with its rows"]
    case .dropColumn(let column, let table):
      ["the column \(table.name).\(column.name) with its values"]
    case .rebuild(let old, let new):
      old.losses(to: new)
    case .renameTable, .renameColumn, .createTable, .addColumn, .createIndex, .dropIndex:
      []
    }
  }
}

extension Schema.Table {
  fileprivate func losses(to new: Schema.Table) -> [String] {
    var losses = columns.filter { new.column($0.name) == nil }
      .map { "the column \(name).\($0.name) with its values" }
    if !columns.contains(where: { new.column($0.name) != nil }) {
      losses.append("every row of \(name), since no column of it is left")
    }
    for column in new.columns {
      let needsValue =
        column.type != .id && !column.isOptional && column.defaultValue == nil
      guard let before = self.column(column.name) else {
        if needsValue {
          losses.append(
            "every row of \(name), since \(column.name) is new, not optional, and has no default "
              + "(give it one, or make it optional)")
        }
        continue
      }
      if !before.type.isKept(as: column.type) {
        losses.append(
          "values of \(name).\(column.name) that are not \(column.type.rawValue) "
            + "(it was \(before.type.rawValue))")
      }
      if needsValue, before.isOptional {
        losses.append("rows of \(name) without a \(column.name), since it is not optional any more")
      }
    }
    return losses
  }
}

extension Schema.ColumnType {
  /// Whether each value of this type is a value of the other.
  func isKept(as other: Schema.ColumnType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    // A real number as text has 15 digits, and not 17.
    case (.integer, .text), (.boolean, .integer), (.boolean, .text), (.text, .blob),
      (.id, .integer), (.id, .text), (.integer, .id):
      true
    default: false
    }
  }
}
