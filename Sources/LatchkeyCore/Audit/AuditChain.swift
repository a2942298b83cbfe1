import Crypto

/// The chain that makes a changed or missing audit record show.
///
/// Each record's hash is the SHA-256 of the hash before it, the record's number and all of its
/// fields. Whoever may write to the database can compute the chain anew from any point on; that
/// shows only against a link that was noted elsewhere (`latchkey audit verify --known`).
public enum AuditChain {
  /// A SHA-256, 32 bytes.
  public struct Hash: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    /// 64 hexadecimal digits.
    public var description: String {
      Hexadecimal.encode(bytes)
    }
  }

  /// A record of the chain by its number and hash.
  public struct Link: Hashable, Sendable, CustomStringConvertible {
    public let number: Int64
    public let hash: Hash

    public init(number: Int64, hash: Hash) {
      self.number = number
      self.hash = hash
    }

    /// What the first record follows.
    public static let start = Link(number: 0, hash: Hash(bytes: Array(repeating: 0, count: 32)))

    /// Behind the last number of all, which only damage leads to, no trail goes on.
    var nextNumber: Int64 { number == .max ? .max : number + 1 }

    /// `number:hash`, as it is noted down.
    public var description: String { "\(number):\(hash)" }

    public init?(_ text: String) {
      let parts = text.fields(separatedBy: ":")
      guard parts.count == 2, let number = Int64(parts[0]), number > 0,
        let bytes = Hexadecimal.decode(parts[1]), bytes.count == 32
      else { return nil }
      self.init(number: number, hash: Hash(bytes: bytes))
    }
  }

  /// The record that follows `previous`.
  public static func append(_ entry: AuditEntry, to previous: Link) -> AuditRecord {
    let number = previous.nextNumber
    return AuditRecord(number: number, entry: entry, hash: hash(entry, number, previous.hash))
  }

  private static func hash(_ entry: AuditEntry, _ number: Int64, _ previous: Hash) -> Hash {
    var fields = [
      "\(previous)", "\(number)", "\(entry.at.millisecondsSinceEpoch)", entry.event.rawValue,
      entry.succeeded ? "1" : "0", entry.account.map { "\($0)" } ?? "",
      entry.session?.rawValue ?? "",
    ]
    switch entry.source {
    case .client(let client): fields += ["client", client.address, client.userAgent]
    case .commandLine(let user): fields += ["command-line", user, ""]
    case .app: fields += ["app", "", ""]
    }
    for (name, text) in entry.details.sorted(by: { $0.key < $1.key }) { fields += [name, text] }
    // Each with its length in front, so that no two lists of fields give the same bytes.
    var hasher = SHA256()
    for field in fields {
      let bytes = Array(field.utf8)
      hasher.update(data: Array("\(bytes.count):".utf8))
      hasher.update(data: bytes)
    }
    return Hash(bytes: Array(hasher.finalize()))
  }
}
