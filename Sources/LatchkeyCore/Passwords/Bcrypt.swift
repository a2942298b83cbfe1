internal import CLibCrypt

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// bcrypt, computed by libxcrypt: the seed's scheme, one line of configuration away, and always
/// verified.
///
/// bcrypt reads a C string and looks at its first 72 bytes. New hashes therefore refuse longer
/// passwords and the NUL character aloud; cutting them in silence was CVE-2025-22228's kind of
/// mistake. Formats: `$2a$`, `$2b$` and `$2y$` are verified, new hashes are `$2b$`.
public struct Bcrypt: PasswordScheme {
  public let cost: Int

  /// 2 to the 15th rounds take about 2 seconds: more than any real system uses.
  private static let acceptableCosts = 4...15
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
    let setting = try Self.setting(cost: cost, random: random)
    guard let text = Self.crypt(password, setting: setting) else {
      throw PasswordHashingError.libraryFailure(code: Int(errno))
    }
    return PasswordHash(text: text)
  }

  public func work(of hash: PasswordHash) -> PasswordWork? {
    let bytes = Array(hash.text.utf8)
    // $2b$12$ + 22 characters of salt + 31 of digest
    guard bytes.count == 60,
      [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "y")].contains(bytes[2]),
      bytes[0...1] == [UInt8(ascii: "$"), UInt8(ascii: "2")], bytes[3] == UInt8(ascii: "$"),
      bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(Self.isDigit),
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
    let computed = Self.crypt(Array(password.prefix(Self.maximumBytes)), setting: other.text)
    guard isWhole || mayBeCut else { return nil }
    return computed.map(PasswordHash.init)
  }

  public func spend(_ work: PasswordWork, random: RandomSource) {
    guard let cost = Self.acceptableCosts.first(where: { Self.work(cost: $0) == work }),
      let setting = try? Self.setting(cost: cost, random: random)
    else { return }
    _ = Self.crypt([UInt8(ascii: "-")], setting: setting)
  }

  private static func work(cost: Int) -> PasswordWork {
    PasswordWork(rawValue: "bcrypt cost=\(cost)")
  }

  /// bcrypt's own base64 alphabet.
  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  private static func setting(cost: Int, random: RandomSource) throws -> String {
    let salt = random.bytes(16).map(CChar.init(bitPattern:))
    return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 192) { text in
      guard
        let start = crypt_gensalt_rn(
          "$2b$", UInt(cost), salt, Int32(salt.count), text.baseAddress, Int32(text.count))
      else { throw PasswordHashingError.libraryFailure(code: Int(errno)) }
      return String(cString: start)
    }
  }

  /// The hash, or nil when libxcrypt refuses (it answers nil, or a text that starts with `*`).
  private static func crypt(_ password: [UInt8], setting: String) -> String? {
    let phrase = password.map(CChar.init(bitPattern:)) + [0]
    // crypt_data is 32 KiB and ends up holding key material: on the heap, wiped after use.
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<crypt_data>.size, alignment: MemoryLayout<crypt_data>.alignment)
    scratch.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<crypt_data>.size)
    defer {
      // explicit_bzero, unlike memset, is not removed by an optimiser that sees no reader.
      explicit_bzero(scratch, MemoryLayout<crypt_data>.size)
      scratch.deallocate()
    }
    guard
      let result = crypt_rn(phrase, setting, scratch, Int32(MemoryLayout<crypt_data>.size))
    else { return nil }
    let text = String(cString: result)
    return text.hasPrefix("*") ? nil : text
  }
}
