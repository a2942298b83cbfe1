/// One way of hashing passwords: a format, a cost, and the library that computes it.
///
/// Every method is synchronous and slow on purpose; ``PasswordHasher`` runs them on its lanes.
public protocol PasswordScheme: Sendable {
  /// The name that configuration and commands use, such as `argon2id`.
  var name: String { get }

  /// The work of the hashes that this value makes.
  var work: PasswordWork { get }

  /// The longest password in bytes of UTF-8 that the scheme takes whole, or nil for no limit.
  var maximumPasswordBytes: Int? { get }

  /// Makes a hash with a fresh salt.
  /// - Throws: ``PasswordHashingError`` when the library fails or cannot take the whole password.
  func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash

  /// The work of an existing hash, or nil when the text is not of this scheme, is malformed, or
  /// asks for more than the bounds allow. This is the only gate: a hash without work is never
  /// verified, so a hostile row cannot hang a login.
  func work(of hash: PasswordHash) -> PasswordWork?

  /// The hash that the password has with the scheme, cost and salt of another hash; its digest does not
  /// matter. Nil when the library fails, and, at the same cost, when no hash can stand for this password.
  ///
  /// - Parameters:
  ///   - password: in UTF-8.
  ///   - other: with a work that ``work(of:)`` has allowed.
  ///   - likeOthers: hash as other systems do (see ``StoredPassword/isImported``).
  func hash(_ password: [UInt8], like other: PasswordHash, likeOthers: Bool) -> PasswordHash?

  /// Spends the given work and throws the result away, so that a login without an account takes
  /// as long as one with it. Work of another scheme is ignored.
  func spend(_ work: PasswordWork, random: RandomSource)
}

extension PasswordScheme {
  /// Whether the password belongs to the hash. Any failure of the library is "no".
  ///
  /// - Parameters:
  ///   - password: in UTF-8.
  ///   - stored: with a work that ``work(of:)`` has allowed.
  ///   - likeOthers: hash as other systems do (see ``StoredPassword/isImported``).
  public func verify(
    _ password: [UInt8], against stored: PasswordHash, likeOthers: Bool
  ) -> Bool {
    guard let computed = hash(password, like: stored, likeOthers: likeOthers) else { return false }
    return ConstantTime.areEqual(computed.text.utf8, stored.text.utf8)
  }
}

/// The hashing library failed, or cannot take this password.
public enum PasswordHashingError: Error, Hashable, Sendable {
  case passwordNotSupported
  case libraryFailure(code: Int)
}
