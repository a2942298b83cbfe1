/// A password hash in its own textual format, such as `$argon2id$v=19$m=19456,t=2,p=1$…` or
/// `$2b$12$…`. It never prints: only the store reads ``text``.
public struct PasswordHash: Hashable, Sendable {
  public let text: String

  /// No format needs more. A longer text is no hash, and is not looked at.
  static let maximumByteCount = 512

  public init(text: String) {
    self.text = text
  }
}

extension PasswordHash: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "PasswordHash(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A hash as the store keeps it.
public struct StoredPassword: Hashable, Sendable {
  public let hash: PasswordHash
  /// Made by another system: it is verified with the bytes as received, and as that system
  /// would have (bcrypt cut at 72 bytes), and replaced at the next login.
  public let isImported: Bool

  public init(hash: PasswordHash, isImported: Bool) {
    self.hash = hash
    self.isImported = isImported
  }
}

/// How a hash was made: its scheme, cost and salt, with `A` for each character of the digest. Who has
/// only this can compute the hash of a password and ask the store whether it is the account's
/// (``Store/comparePassword(_:computedLike:of:)``); the hash itself need not leave the store.
public struct PasswordSetting: Hashable, Sendable {
  /// Of the same shape as the hash. It never equals one.
  public let hash: PasswordHash
  /// See ``StoredPassword/isImported``.
  public let isImported: Bool

  /// - Parameters:
  ///   - text: with the digest made unreadable already, as a store does that keeps hashes to itself.
  ///   - isImported: see ``StoredPassword/isImported``.
  public init(text: String, isImported: Bool) {
    hash = PasswordHash(text: text)
    self.isImported = isImported
  }

  public init(of stored: StoredPassword) {
    let text = stored.hash.text
    // bcrypt's salt has 22 characters and no end of its own; elsewhere the digest is what stands last.
    let end =
      text.hasPrefix("$2")
      ? text.index(text.startIndex, offsetBy: 29, limitedBy: text.endIndex) ?? text.endIndex
      : text.lastIndex(of: "$").map(text.index(after:)) ?? text.startIndex
    self.init(
      text: text[..<end] + String(repeating: "A", count: text[end...].count),
      isImported: stored.isImported)
  }
}

/// What one computation of a hash costs: a scheme with its parameters, such as
/// `bcrypt cost=12` or `argon2id m=19456 t=2 p=1`. Two hashes of equal work take equal time.
public struct PasswordWork: RawRepresentable, Hashable, Sendable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }
}

extension PasswordWork: CustomStringConvertible {
  public var description: String { rawValue }
}
