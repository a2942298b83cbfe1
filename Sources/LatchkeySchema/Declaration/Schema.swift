/// The tables of an app, as it wants them to be. Migrations are made by comparing this with what the
/// migrations so far make.
///
/// ```swift
/// extension Schema {
///   static let notes = Schema(
///     .table(
///       "note",
///       .column("id", .id),
///       .column("account_id", .integer, references: .account),
///       .column("text", .text, check: "length(text) BETWEEN 1 AND 10000"),
///       indexes: [.index("note_by_account", on: "account_id")]))
/// }
/// ```
public struct Schema: Hashable, Sendable {
  public package(set) var tables: [Table]

  public init(_ tables: Table...) {
    self.tables = tables
  }

  package init(tables: [Table]) {
    self.tables = tables
  }

  package func table(_ name: String) -> Table? {
    tables.first { $0.name == name }
  }
}
