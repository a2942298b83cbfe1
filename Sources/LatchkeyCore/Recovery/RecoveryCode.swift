import Crypto

/// The one-time code with which somebody chooses a new password (SP 800-63B, 4.2.1): 160 random
/// bits, 15 minutes, one use.
///
/// An operator hands it over; an operator never needs to know anybody's password (ASVS 6.4.6).
/// Written in Crockford's base 32, which has no `I`, `L`, `O` and `U`, in eight groups of four:
/// `7KQF-2M4D-9XVB-CT60-HNWR-5E8J-0G3P-YA1S`. It prints only when asked for its ``text``.
public struct RecoveryCode: Sendable {
  public static let lifetime: Duration = .seconds(15 * 60)
  private static let byteCount = 20
  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  private let bytes: [UInt8]

  init(from random: RandomSource) {
    bytes = random.bytes(Self.byteCount)
  }

  /// Reads what somebody typed: capitals or not, with or without blanks and hyphens, `O` for zero,
  /// `I` and `L` for one. Nil when that is no code.
  public init?(typed: String) {
    guard typed.utf8.count <= 256 else { return nil }
    var values: [UInt8] = []
    for character in typed.uppercased() where !character.isWhitespace && character != "-" {
      let digit: Character =
        switch character {
        case "O": "0"
        case "I", "L": "1"
        default: character
        }
      guard let value = Self.digits.firstIndex(of: digit) else { return nil }
      values.append(UInt8(value))
    }
    guard values.count == Self.byteCount * 8 / 5 else { return nil }
    var bytes: [UInt8] = []
    var (buffer, bitCount) = (UInt16(0), 0)
    for value in values {
      buffer = buffer << 5 | UInt16(value)
      bitCount += 5
      if bitCount >= 8 {
        bitCount -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> bitCount))
      }
    }
    self.bytes = bytes
  }

  /// The code as it is handed over.
  public var text: String {
    var characters: [Character] = []
    var (buffer, bitCount) = (UInt16(0), 0)
    for byte in bytes {
      buffer = buffer << 8 | UInt16(byte)
      bitCount += 8
      while bitCount >= 5 {
        bitCount -= 5
        characters.append(Self.digits[Int(buffer >> bitCount & 31)])
      }
    }
    return stride(from: 0, to: characters.count, by: 4)
      .map { String(characters[$0..<($0 + 4)]) }.joined(separator: "-")
  }

  /// What the store knows of it. A plain SHA-256 is enough for 112 bits and more (ASVS 6.5.2).
  public var digest: Digest { Digest(bytes: Array(SHA256.hash(data: bytes))) }

  public struct Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
      self.bytes = bytes
    }
  }
}

extension RecoveryCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "RecoveryCode(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
