/// The public name of a session: it may stand in lists, logs and commands, and opens nothing.
///
/// 32 hexadecimal digits from 16 random bytes, unrelated to the token.
public struct SessionID: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Nil unless the text has the form of an ID.
  public init?(text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isDigit) else { return nil }
    rawValue = text
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  init(from random: RandomSource) {
    rawValue = Hexadecimal.encode(random.bytes(16))
  }
}

extension SessionID: CustomStringConvertible {
  public var description: String { rawValue }
}
