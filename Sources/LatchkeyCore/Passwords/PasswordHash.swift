/// A password hash in its own textual format, such as `$argon2id$v=19$m=19456,t=2,p=1$…` or
/// `$2b$12$…`. It never prints: only the store reads ``text``.
public struct PasswordHash: Hashable, Sendable {
  public let text: String

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
