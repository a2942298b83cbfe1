#if Postgres
  internal import LatchkeySchema

  extension PostgresValue {
    init(_ value: CopiedValue) {
      switch value {
      case .null: self = .null
      case .integer(let value): self = .integer(value)
      case .real(let value): self = .real(value)
      case .text(let value): self = .text(value)
      case .blob(let value): self = .bytes(value)
      }
    }
  }

  extension CopiedValue {
    init(_ row: PostgresRow, _ at: Int, type: String) throws {
      guard let text = row.optionalText(at) else {
        self = .null
        return
      }
      switch type {
      case "bigint", "integer", "smallint": self = .integer(try row.integer(at))
      case "boolean": self = .integer(try row.boolean(at) ? 1 : 0)
      case "double precision", "real": self = .real(try row.real(at))
      case "bytea": self = .blob(try row.bytes(at))
      default: self = .text(text)
      }
    }

    /// postgresql.org/docs/current/sql-copy.html, text format.
    func write(to bytes: inout [UInt8], of table: String) throws {
      switch self {
      case .null: bytes += Array("\\N".utf8)
      case .integer(let value): bytes += Array("\(value)".utf8)
      case .real(let value): bytes += Array("\(value)".utf8)
      case .blob(let value):
        bytes += Array("\\\\x".utf8)
        for byte in value { bytes += [Self.digit(byte >> 4), Self.digit(byte & 15)] }
      case .text(let value):
        for byte in value.utf8 {
          switch byte {
          case 0:
            throw CopyError(
              "There is a NUL in a text of \(table), which PostgreSQL cannot hold. Nothing was copied."
            )
          case UInt8(ascii: "\\"): bytes += Array("\\\\".utf8)
          case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
          case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
          case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
          default: bytes.append(byte)
          }
        }
      }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
      value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
  }
#endif
