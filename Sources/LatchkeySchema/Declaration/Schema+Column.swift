extension Schema {
  /// A column of a table. It holds no NULL unless it is optional.
  public struct Column: Hashable, Sendable {
    public package(set) var name: String
    public package(set) var type: ColumnType
    public package(set) var isOptional: Bool
    public package(set) var defaultValue: DefaultValue?
    public package(set) var check: String?
    public package(set) var references: Reference?
    /// Whether a database has a type or a default here that a schema cannot say: then it is not
    /// compared.
    package var isTypeUnsaid = false
    package var isDefaultUnsaid = false

    package init(
      _ name: String, _ type: ColumnType, optional: Bool = false, default: DefaultValue? = nil,
      check: String? = nil, references: Reference? = nil
    ) {
      self.name = name
      self.type = type
      self.isOptional = optional
      self.defaultValue = `default`
      self.check = check
      self.references = references
    }

    /// - Parameters:
    ///   - name: letters, digits and underscores, and no word of SQL.
    ///   - type: what its values are.
    ///   - optional: whether it may hold NULL.
    ///   - default: what it holds when nothing is given for it.
    ///   - check: a condition that each value meets, as SQL: `length(motto) <= 200`.
    ///   - references: the row of another table that it names.
    public static func column(
      _ name: String, _ type: ColumnType, optional: Bool = false, default: DefaultValue? = nil,
      check: String? = nil, references: Reference? = nil
    ) -> Column {
      Column(
        name, type, optional: optional, default: `default`, check: check, references: references)
    }
  }

  /// What a column holds, the same in every kind of database.
  public enum ColumnType: String, Hashable, Sendable {
    /// A number that the database gives to each row and never gives again: the primary key.
    case id
    /// 64 bits.
    case integer
    /// 64 bits, IEEE 754.
    case real
    case text
    case blob
    case boolean
  }

  /// What a column holds when nothing is given for it.
  public enum DefaultValue: Hashable, Sendable {
    case integer(Int64)
    case real(Double)
    case text(String)
    case boolean(Bool)
  }

  /// A foreign key of one column.
  public struct Reference: Hashable, Sendable {
    /// What becomes of the row when the one that it names is deleted.
    public enum Action: String, Hashable, Sendable {
      case cascade = "CASCADE"
      case restrict = "RESTRICT"
      case setNull = "SET NULL"
    }

    public package(set) var table: String
    public let column: String
    public let onDelete: Action

    package init(_ table: String, column: String = "id", onDelete: Action) {
      self.table = table
      self.column = column
      self.onDelete = onDelete
    }

    /// A row of the table, by its primary key.
    public static func row(
      of table: String, column: String = "id", onDelete: Action
    ) -> Reference {
      Reference(table, column: column, onDelete: onDelete)
    }

    /// An account of Latchkey's. The row goes with it.
    public static let account = Reference("account", onDelete: .cascade)
  }
}

extension Schema.DefaultValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .real(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
