#if Postgres
  /// What goes into a statement.
  enum PostgresValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case boolean(Bool)

    init(_ value: Int64?) { self = value.map(Self.integer) ?? .null }
    init(_ value: String?) { self = value.map(Self.text) ?? .null }
    init(_ value: [UInt8]?) { self = value.map(Self.bytes) ?? .null }
  }

  extension PostgresValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByNilLiteral
  {
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
  }

  /// What comes out of one, column by column, as PostgreSQL writes it in its text format.
  struct PostgresRow: Sendable {
    let columns: [[UInt8]?]

    func optionalText(_ index: Int) -> String? {
      columns[index].map { String(decoding: $0, as: UTF8.self) }
    }

    func optionalInteger(_ index: Int) throws -> Int64? {
      guard let text = optionalText(index) else { return nil }
      guard let number = Int64(text) else { throw PostgresError.unexpected("column \(index)") }
      return number
    }

    func text(_ index: Int) throws -> String { try present(optionalText(index), index) }

    func integer(_ index: Int) throws -> Int64 { try present(optionalInteger(index), index) }

    func boolean(_ index: Int) throws -> Bool { try text(index) == "t" }

    /// Of `bytea`, which is written as `\x` and hexadecimal digits.
    func bytes(_ index: Int) throws -> [UInt8] {
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
