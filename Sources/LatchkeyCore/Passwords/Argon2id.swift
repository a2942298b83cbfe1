internal import CArgon2
import Foundation

/// argon2id (RFC 9106), computed by libargon2: the default.
///
/// The default cost, 19 MiB and two passes on one lane, is the first choice of the OWASP
/// Password Storage Cheat Sheet.
public struct Argon2id: PasswordScheme {
  public let memoryKiB: UInt32
  public let passes: UInt32
  public let lanes: UInt32

  private static let saltByteCount = 16
  private static let hashByteCount = 32

  /// - Precondition: the cost lies in the bounds that ``work(of:)`` accepts.
  public init(memoryKiB: UInt32 = 19_456, passes: UInt32 = 2, lanes: UInt32 = 1) {
    let cost = Cost(memoryKiB: memoryKiB, passes: passes, lanes: lanes)
    precondition(cost.isAcceptable, "argon2id cost out of bounds: \(cost.work)")
    self.memoryKiB = memoryKiB
    self.passes = passes
    self.lanes = lanes
  }

  public var name: String { "argon2id" }
  public var work: PasswordWork { cost.work }
  public var maximumPasswordBytes: Int? { nil }

  public func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    let salt = random.bytes(Self.saltByteCount)
    return PasswordHash(text: try Self.encoded(password, cost, salt, Self.hashByteCount))
  }

  public func work(of hash: PasswordHash) -> PasswordWork? {
    guard let cost = Cost(encoded: hash.text), cost.isAcceptable else { return nil }
    return cost.work
  }

  public func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard let cost = Cost(encoded: other.text), cost.isAcceptable else { return nil }
    let parts = other.text.split(separator: "$")
    let (salt, digest) = (Cost.bytes(base64: parts[3]), Cost.bytes(base64: parts[4]))
    return (try? Self.encoded(password, cost, salt, digest.count)).map(PasswordHash.init)
  }

  public func spend(_ work: PasswordWork, random: RandomSource) {
    guard let cost = Cost(work: work), cost.isAcceptable else { return }
    _ = try? Self.encoded([0], cost, random.bytes(Self.saltByteCount), Self.hashByteCount)
  }

  private var cost: Cost { Cost(memoryKiB: memoryKiB, passes: passes, lanes: lanes) }

  private static func encoded(
    _ password: [UInt8], _ cost: Cost, _ salt: [UInt8], _ hashByteCount: Int
  ) throws -> String {
    var digest = [UInt8](repeating: 0, count: hashByteCount)
    let code = digest.withUnsafeMutableBufferPointer { digest in
      password.withUnsafeBufferPointer { password in
        salt.withUnsafeBufferPointer { salt in
          // The library may write to what it is given, and does so only if a flag asks for it.
          var context = argon2_context(
            out: digest.baseAddress, outlen: UInt32(digest.count),
            pwd: UnsafeMutablePointer(mutating: password.baseAddress),
            pwdlen: UInt32(password.count),
            salt: UnsafeMutablePointer(mutating: salt.baseAddress), saltlen: UInt32(salt.count),
            secret: nil, secretlen: 0, ad: nil, adlen: 0, t_cost: cost.passes,
            m_cost: cost.memoryKiB, lanes: cost.lanes, threads: cost.lanes,
            version: ARGON2_VERSION_13.rawValue, allocate_cbk: HashingMemory.allocate,
            free_cbk: HashingMemory.deallocate, flags: 0)
          return argon2_ctx(&context, Argon2_id)
        }
      }
    }
    guard code == ARGON2_OK.rawValue else {
      throw PasswordHashingError.libraryFailure(code: Int(code))
    }
    return "$argon2id$v=19$m=\(cost.memoryKiB),t=\(cost.passes),p=\(cost.lanes)"
      + "$\(Cost.text(base64: salt))$\(Cost.text(base64: digest))"
  }
}

extension Argon2id {
  /// The three cost parameters, read from and written to the two texts that carry them.
  private struct Cost {
    var memoryKiB: UInt32
    var passes: UInt32
    var lanes: UInt32

    init(memoryKiB: UInt32, passes: UInt32, lanes: UInt32) {
      self.memoryKiB = memoryKiB
      self.passes = passes
      self.lanes = lanes
    }

    /// `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>`, the PHC string format.
    init?(encoded text: String) {
      guard text.utf8.count <= 512 else { return nil }
      let parts = text.split(separator: "$", omittingEmptySubsequences: false)
      // RFC 9106 asks for 8 bytes of salt; the library refuses fewer, and any other alphabet.
      guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19",
        Self.bytes(base64: parts[4]).count >= 8, Self.bytes(base64: parts[5]).count >= 12
      else { return nil }
      self.init(parameters: parts[3].split(separator: ",", omittingEmptySubsequences: false))
    }

    /// `argon2id m=<KiB> t=<passes> p=<lanes>`
    init?(work: PasswordWork) {
      let parts = work.rawValue.split(separator: " ")
      guard parts.first == "argon2id" else { return nil }
      self.init(parameters: Array(parts.dropFirst()))
    }

    private init?(parameters: [Substring]) {
      guard parameters.count == 3, parameters[0].hasPrefix("m="), parameters[1].hasPrefix("t="),
        parameters[2].hasPrefix("p="), let memory = Self.number(parameters[0].dropFirst(2)),
        let passes = Self.number(parameters[1].dropFirst(2)),
        let lanes = Self.number(parameters[2].dropFirst(2))
      else { return nil }
      self.init(memoryKiB: memory, passes: passes, lanes: lanes)
    }

    /// Digits without a sign or leading zeros, as the library reads them.
    private static func number(_ text: Substring) -> UInt32? {
      guard let value = UInt32(text), String(value) == text else { return nil }
      return value
    }

    /// Base64 without padding, as the PHC format has it; none for anything else.
    static func bytes(base64 text: Substring) -> [UInt8] {
      let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
      guard let bytes = Data(base64Encoded: String(padded)),
        bytes.base64EncodedString() == padded
      else { return [] }
      return Array(bytes)
    }

    static func text(base64 bytes: [UInt8]) -> String {
      String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    /// At most 256 MiB, and at most about ten times the default's work.
    var isAcceptable: Bool {
      (8...262_144).contains(memoryKiB) && (1...16).contains(passes) && (1...8).contains(lanes)
        && memoryKiB >= 8 * lanes && UInt64(memoryKiB) * UInt64(passes) <= 524_288
    }

    var work: PasswordWork {
      PasswordWork(rawValue: "argon2id m=\(memoryKiB) t=\(passes) p=\(lanes)")
    }
  }
}
