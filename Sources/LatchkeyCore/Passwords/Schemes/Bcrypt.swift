/// bcrypt, computed by libxcrypt: the seed's scheme, one line of configuration away, and always
/// verified.
///
/// bcrypt reads a C string and looks at its first 72 bytes. New hashes therefore refuse longer
/// passwords and the NUL character aloud; cutting them in silence was CVE-2025-22228's kind of
/// mistake. Formats: `$2a$`, `$2b$` and `$2y$` are verified, new hashes are `$2b$`.
///
/// `$2x$` is refused. It marks hashes of crypt_blowfish before 1.1, in which a character beyond ASCII could
/// make up to three before it not count (CVE-2011-2483): wrong passwords would pass.
public struct Bcrypt: PasswordScheme {
  public let cost: Int

  /// 2 to the 15th rounds take about 2 seconds: more than any real system uses.
  static let acceptableCosts = 4...15
  static let maximumBytes = 72

  /// - Precondition: `cost` is 4 to 15.
  public init(cost: Int = 12) {
    precondition(Self.acceptableCosts.contains(cost), "bcrypt cost out of bounds: \(cost)")
    self.cost = cost
  }

  public var name: String { "bcrypt" }
  public var work: PasswordWork { Self.work(cost: cost) }
  public var maximumPasswordBytes: Int? { Self.maximumBytes }

  public func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    guard password.count <= Self.maximumBytes, !password.contains(0) else {
      throw PasswordHashingError.passwordNotSupported
    }
    let setting = try LibCrypt.setting("$2b$", cost: cost, salt: random.bytes(16))
    guard let text = LibCrypt.hash(password, setting: setting) else {
      throw PasswordHashingError.passwordNotSupported
    }
    return PasswordHash(text: text)
  }

  public func work(of hash: PasswordHash) -> PasswordWork? {
    let bytes = Array(hash.text.utf8)
    // $2b$12$ + 22 characters of salt + 31 of digest
    guard bytes.count == 60,
      [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "y")].contains(bytes[2]),
      bytes[0...1] == [UInt8(ascii: "$"), UInt8(ascii: "2")], bytes[3] == UInt8(ascii: "$"),
      bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(LibCrypt.isDigit),
      bytes[4...5].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let cost = Int(bytes[4] - UInt8(ascii: "0")) * 10 + Int(bytes[5] - UInt8(ascii: "0"))
    guard Self.acceptableCosts.contains(cost) else { return nil }
    return Self.work(cost: cost)
  }

  public func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard work(of: other) != nil else { return nil }
    // A password that this hash cannot stand for is wrong, but it costs what a wrong one costs.
    let isWhole = password.count <= Self.maximumBytes && !password.contains(0)
    let mayBeCut = likeOthers && !password.contains(0)
    let computed = LibCrypt.hash(
      Array(password.prefix(Self.maximumBytes)), setting: other.text)
    guard isWhole || mayBeCut else { return nil }
    return computed.map(PasswordHash.init(text:))
  }

  public func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard let cost = Self.acceptableCosts.first(where: { Self.work(cost: $0) == work })
    else { return false }
    _ = LibCrypt.hash(Array(password.prefix(Self.maximumBytes)), setting: Self.sample(cost: cost))
    return true
  }

  private static func work(cost: Int) -> PasswordWork {
    PasswordWork(rawValue: "bcrypt cost=\(cost)")
  }

  /// A setting whose salt is nobody's.
  static func sample(cost: Int) -> String {
    "$2b$" + (cost < 10 ? "0" : "") + "\(cost)$" + String(repeating: ".", count: 22)
  }
}
