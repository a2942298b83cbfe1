#if Postgres
  /// What goes into a statement.
  public enum PostgresValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case boolean(Bool)

    public init(_ value: Int64?) { self = value.map(Self.integer) ?? .null }
    public init(_ value: String?) { self = value.map(Self.text) ?? .null }
    public init(_ value: [UInt8]?) { self = value.map(Self.bytes) ?? .null }

    /// The text of an array without NULLs, for `$1::text[]` and the like.
    static func array(_ elements: [String]) -> Self {
      // By scalars: a sign with a mark behind it is another character, and the same to PostgreSQL.
      let quoted = elements.map { element in
        var text = "\""
        for scalar in element.unicodeScalars {
          if scalar == "\"" || scalar == "\\" { text += "\\" }
          text.unicodeScalars.append(scalar)
        }
        return text + "\""
      }
      return .text("{\(quoted.joined(separator: ","))}")
    }
  }

  extension PostgresValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByNilLiteral
  {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(nilLiteral: ()) { self = .null }
  }

  /// What comes out of one, column by column from 0, as PostgreSQL writes it in its text format.
  ///
  /// Each function throws ``PostgresError/unexpected(_:)`` when the column is not of that kind, or is
  /// NULL and must not be.
  public struct PostgresRow: Hashable, Sendable {
    let columns: [[UInt8]?]

    public func optionalText(_ index: Int) -> String? {
      // The server sends no bytes that are no UTF-8, whatever a database in SQL_ASCII holds.
      columns[index].map { String(decoding: $0, as: UTF8.self) }
    }

    public func optionalInteger(_ index: Int) throws -> Int64? {
      guard let text = optionalText(index) else { return nil }
      guard let number = Int64(text) else { throw PostgresError.unexpected("column \(index)") }
      return number
    }

    public func text(_ index: Int) throws -> String { try present(optionalText(index), index) }

    public func integer(_ index: Int) throws -> Int64 { try present(optionalInteger(index), index) }

    public func real(_ index: Int) throws -> Double {
      try present(Double(text(index)), index)
    }

    public func boolean(_ index: Int) throws -> Bool { try text(index) == "t" }

    /// Of `bytea`, which is written as `\x` and hexadecimal digits: each session has it so.
    public func bytes(_ index: Int) throws -> [UInt8] {
      let digits = try present(columns[index], index).dropFirst(2)
      guard digits.count.isMultiple(of: 2) else {
        throw PostgresError.unexpected("column \(index)")
      }
      return try stride(from: digits.startIndex, to: digits.endIndex, by: 2).map { at in
        let pair = String(decoding: digits[at...(at + 1)], as: UTF8.self)
        return try present(UInt8(pair, radix: 16), index)
      }
    }

    private func present<Value>(_ value: Value?, _ index: Int) throws -> Value {
      guard let value else { throw PostgresError.unexpected("column \(index)") }
      return value
    }
  }
#endif
