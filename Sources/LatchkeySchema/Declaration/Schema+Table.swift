extension Schema {
  /// A table with its indexes.
  public struct Table: Hashable, Sendable {
    public package(set) var name: String
    public package(set) var columns: [Column]
    public package(set) var primaryKey: [String]
    public package(set) var checks: [String]
    public package(set) var indexes: [Index]
    /// What a database has on the table and a schema cannot say: triggers, and indexes with a
    /// condition, an order or on an expression. They go along when the table is made anew.
    package var others: [Other] = []
    /// What a database has in the table and a schema cannot say, such as `UNIQUE in email`. A table
    /// with any of it is never made anew: that would get lost.
    package var unsaid: [String] = []

    /// Whether values of another type are refused. Tables of a schema always are; one by hand need not.
    package var isStrict = true

    package init(
      _ name: String, columns: [Column], primaryKey: [String] = [], checks: [String] = [],
      indexes: [Index] = []
    ) {
      self.name = name
      self.columns = columns
      self.primaryKey =
        primaryKey.isEmpty ? columns.filter { $0.type == .id }.map(\.name) : primaryKey
      self.checks = checks
      self.indexes = indexes
    }

    /// - Parameters:
    ///   - name: letters, digits and underscores, and no word of SQL.
    ///   - columns: in their order.
    ///   - primaryKey: the names of its columns. A column of type ``ColumnType/id`` is the key by
    ///     itself.
    ///   - checks: conditions on more than one column, as SQL.
    ///   - indexes: what makes searches fast, or values unique.
    public static func table(
      _ name: String, _ columns: Column..., primaryKey: [String] = [], checks: [String] = [],
      indexes: [Index] = []
    ) -> Table {
      Table(name, columns: columns, primaryKey: primaryKey, checks: checks, indexes: indexes)
    }

    package func column(_ name: String) -> Column? {
      columns.first { $0.name == name }
    }
  }

  /// A trigger or an index as it stands in a database.
  package struct Other: Hashable, Sendable {
    package let name: String
    package let sql: String

    package init(name: String, sql: String) {
      self.name = name
      self.sql = sql
    }
  }

  /// An index on columns of a table.
  public struct Index: Hashable, Sendable {
    public let name: String
    public package(set) var columns: [String]
    public let isUnique: Bool

    package init(_ name: String, on columns: [String], unique: Bool = false) {
      self.name = name
      self.columns = columns
      self.isUnique = unique
    }

    /// - Parameters:
    ///   - name: one name for each index of the database.
    ///   - columns: in the order in which they are compared.
    ///   - unique: no two rows have the same values in these columns.
    public static func index(
      _ name: String, on columns: String..., unique: Bool = false
    ) -> Index {
      Index(name, on: columns, unique: unique)
    }
  }
}
