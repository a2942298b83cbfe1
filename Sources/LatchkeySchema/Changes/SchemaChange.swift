/// One step from a schema to another.
public enum SchemaChange: Hashable, Sendable {
  case renameTable(from: String, to: String)
  case renameColumn(table: String, from: String, to: String)
  case createTable(Schema.Table)
  case dropTable(Schema.Table)
  /// A column behind the others, which every row can have at once.
  case addColumn(Schema.Column, table: Schema.Table)
  case dropColumn(Schema.Column, table: Schema.Table)
  /// Whatever a database cannot change in place.
  case rebuild(from: Schema.Table, to: Schema.Table)
  case createIndex(Schema.Index, table: String)
  case dropIndex(Schema.Index, table: String)
}

/// A table or a column that goes on under another name. Nothing in two schemas tells a renamed
/// column from one that went and another that came, so renames are told.
public struct Rename: Hashable, Sendable {
  /// Nil for a table.
  public let table: String?
  public let old: String
  public let new: String

  /// Reads `old:new` for a table, `table.old:new` for a column of it by its new name.
  public init?(_ text: String) {
    let sides = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, !sides[1].isEmpty, !sides[1].contains(".") else { return nil }
    let left = sides[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(left.count), left.allSatisfy({ !$0.isEmpty }) else { return nil }
    table = left.count == 2 ? left[0] : nil
    old = left[left.count - 1]
    new = sides[1]
  }

  private init(table: String?, old: String, new: String) {
    self.table = table
    self.old = old
    self.new = new
  }

  /// The way back.
  public var reversed: Rename { Rename(table: table, old: new, new: old) }
}

/// A rename of something that is not there, or to something that is.
public struct RenameError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension RenameError {
  package init(notPossible rename: Rename) {
    description =
      "\(rename.old) cannot become \(rename.new): the declared schema must have the new name and "
      + "not the old one, and the migrations so far the old one and not the new."
  }
}
