import Crypto

/// How many rows a table has, and what is in them, whatever their order: the sum of the rows' SHA-256.
/// It finds what got lost or changed on the way; it is no proof against somebody who wants it so.
package struct CopyChecksum: Hashable, Sendable {
  package private(set) var count = 0
  /// Of 32 bits each.
  private var sum = [UInt64](repeating: 0, count: 8)

  package init() {}

  package init(of row: CopiedRow) { add(row) }

  package mutating func add(_ row: CopiedRow) {
    var hash = SHA256()
    for value in row { value.feed(&hash) }
    let digest = Array(hash.finalize())
    for at in sum.indices {
      let part = digest[(at * 4)..<(at * 4 + 4)].reduce(0) { $0 << 8 | UInt64($1) }
      sum[at] = (sum[at] + part) % (1 << 32)
    }
    count += 1
  }

  /// 64 hexadecimal digits.
  package var digits: String {
    sum.map { part in
      let digits = String(part, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }
}

extension CopiedValue {
  /// With its kind and its length, so that no two rows are alike that differ.
  fileprivate func feed(_ hash: inout SHA256) {
    switch self {
    case .null: hash.update(data: [0])
    case .integer(let value): hash.update(data: [1] + Self.bytes(UInt64(bitPattern: value)))
    case .real(let value):
      // SQLite has one zero.
      hash.update(data: [2] + Self.bytes((value == 0 ? 0 : value).bitPattern))
    case .text(let value):
      let bytes = Array(value.utf8)
      hash.update(data: [3] + Self.bytes(UInt64(bytes.count)))
      hash.update(data: bytes)
    case .blob(let bytes):
      hash.update(data: [4] + Self.bytes(UInt64(bytes.count)))
      hash.update(data: bytes)
    }
  }

  private static func bytes(_ value: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
