import Crypto

/// A secret in a cookie: 32 random bytes, minted by the server at every login.
///
/// A token is never taken from the client into something new (that would be session fixation),
/// never stored (the store holds its ``Digest``), and never printed. `Purpose` keeps the two kinds
/// apart: a ``DeviceToken`` where a ``SessionToken`` is wanted does not compile.
public struct Token<Purpose>: Sendable {
  private let bytes: [UInt8]

  /// A new token. 256 bits: far above the 128 that ASVS 7.2.3 asks for.
  init(from random: RandomSource) {
    bytes = random.bytes(TokenFormat.byteCount)
  }

  /// Reads what a cookie holds. Nil unless it is exactly the text of 32 bytes.
  public init?(cookieValue: String) {
    guard cookieValue.utf8.count == 43, let bytes = Base64URL.decode(cookieValue) else {
      return nil
    }
    self.bytes = bytes
  }

  /// The text for the cookie: 43 characters of base64url. Only the cookie writer asks for it.
  public var cookieValue: String { Base64URL.encode(bytes) }

  /// What the store knows of a token. A plain SHA-256 is enough, because the input has 256 bits
  /// of entropy: nothing that could be guessed. A stolen database holds no usable token.
  public var digest: Digest { Digest(bytes: Array(SHA256.hash(data: bytes))) }

  /// The SHA-256 of a token, 32 bytes.
  public struct Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    /// Nothing spreads better than what SHA-256 gives.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
  }
}

/// The secret of a session.
public typealias SessionToken = Token<Session>
/// The secret of a browser in which an account has logged in before (``KnownBrowser``).
public typealias DeviceToken = Token<KnownBrowser>

enum TokenFormat {
  static let byteCount = 32
}

extension Token: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "\(Purpose.self)Token(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
