import Crypto

/// What failures are counted against.
public enum ThrottleSubject: Hashable, Sendable {
  /// Guesses at an account from browsers that its owner has never used.
  case account(AccountID)
  /// Guesses at names that nobody has. They share 2^20 counters by a keyed hash: people type
  /// their password into the name's field, so the name itself is not kept, and the table cannot
  /// grow without end. Nobody without the key can find two names that share one.
  case unknownName(bucket: UInt32)
  /// Guesses at an account from one browser of its owner's.
  case knownBrowser(DeviceToken.Digest, AccountID)
  /// Guesses at the password of an account by somebody who has one of its sessions.
  case session(SessionID)
  /// Failures of one client (``IPAddress/clientNetwork``), at whatever name.
  case address(String)
  /// Failures of all strangers together.
  case everyone
  /// Registrations of one client.
  case registration(String)

  static func unknownName(_ folded: String, secret: SymmetricKey) -> Self {
    let code = HMAC<SHA256>.authenticationCode(for: Array(folded.utf8), using: secret)
    return .unknownName(bucket: code.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } >> 12)
  }
}

/// A subject as stores keep it and operators read it.
extension ThrottleSubject {
  public enum Kind: String, CaseIterable, Sendable {
    case account
    case unknownName = "unknown-name"
    case knownBrowser = "known-browser"
    case session, address, everyone, registration
  }

  public var kind: Kind {
    switch self {
    case .account: .account
    case .unknownName: .unknownName
    case .knownBrowser: .knownBrowser
    case .session: .session
    case .address: .address
    case .everyone: .everyone
    case .registration: .registration
    }
  }

  /// Unique within the kind. Holds no secret.
  public var key: String {
    switch self {
    case .account(let id): "\(id)"
    case .unknownName(let bucket): String(bucket)
    case .knownBrowser(let digest, let id): "\(id)/\(Self.browserKey(digest))"
    case .session(let id): id.rawValue
    case .address(let network), .registration(let network): network
    case .everyone: "everyone"
    }
  }

  /// The part of a known browser's key that tells the browsers of an account apart.
  private static func browserKey(_ digest: DeviceToken.Digest) -> String {
    Hexadecimal.encode(digest.bytes.prefix(8))
  }
}
