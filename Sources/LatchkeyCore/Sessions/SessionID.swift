/// The public name of a session: it may stand in lists, logs and commands, and opens nothing.
///
/// 32 hexadecimal digits from 16 random bytes, unrelated to the token.
public struct SessionID: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  init(from random: RandomSource) {
    rawValue = random.bytes(16).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }
}

extension SessionID: CustomStringConvertible {
  public var description: String { rawValue }
}
