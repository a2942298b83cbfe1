/// argon2id (RFC 9106), computed by libargon2: the default.
///
/// The default cost, 19 MiB and two passes on one lane, is the first choice of the OWASP
/// Password Storage Cheat Sheet.
public struct Argon2id: PasswordScheme {
  public let memoryKiB: UInt32
  public let passes: UInt32
  public let lanes: UInt32

  private static let saltByteCount = 16
  static let digestByteCount = 32

  /// - Precondition: the cost lies in the bounds that ``PasswordVerifier/work(of:)`` accepts.
  public init(memoryKiB: UInt32 = 19_456, passes: UInt32 = 2, lanes: UInt32 = 1) {
    self.memoryKiB = memoryKiB
    self.passes = passes
    self.lanes = lanes
    precondition(Argon2.accepts(sample), "argon2id cost out of bounds: \(sample.work)")
  }

  public var name: String { "argon2id" }
  public var work: PasswordWork { sample.work }
  public var maximumPasswordBytes: Int? { nil }

  public func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    var hash = sample
    hash.salt = random.bytes(Self.saltByteCount)
    hash.digest = try Argon2.compute(password, like: hash)
    return PasswordHash(text: hash.text)
  }

  private var sample: PHCString {
    PHCString(
      "argon2id", version: Argon2.version, ["m": memoryKiB, "t": passes, "p": lanes],
      salt: Array(repeating: 0, count: Self.saltByteCount),
      digest: Array(repeating: 0, count: Self.digestByteCount))
  }
}

extension Argon2id: PHCVerifier {
  static let prefix = "$argon2id$v=19$"

  /// Its own hashes' kind; the others are ``Argon2``'s.
  static func accepts(_ hash: PHCString) -> Bool {
    hash.identifier == "argon2id" && hash.version == Argon2.version && Argon2.accepts(hash)
  }

  static func work(of hash: PHCString) -> PasswordWork { Argon2.work(of: hash) }

  static func sample(of work: PasswordWork) -> PHCString? { Argon2.sample(of: work) }

  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]? {
    Argon2.digest(of: password, like: hash)
  }
}
