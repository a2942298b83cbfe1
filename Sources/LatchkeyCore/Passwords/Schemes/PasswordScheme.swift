/// One way of checking password hashes that exist: a format, and the library that computes it.
///
/// Every method is synchronous and slow on purpose; ``PasswordHasher`` runs them on its lanes.
public protocol PasswordVerifier: Sendable {
  /// The work of an existing hash, or nil when the text is not of this kind, is malformed, or
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
  /// as long as one with it.
  /// - Parameters:
  ///   - work: of a hash that somebody has.
  ///   - password: the one that was typed. With some schemes a long one takes longer.
  /// - Returns: false when the work is of another kind: nothing was spent.
  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool
}

/// A way of making password hashes: with a cost.
public protocol PasswordScheme: PasswordVerifier {
  /// The name that configuration and commands use, such as `argon2id`.
  var name: String { get }

  /// The work of the hashes that this value makes.
  var work: PasswordWork { get }

  /// The longest password in bytes of UTF-8 that the scheme takes whole, or nil for no limit.
  var maximumPasswordBytes: Int? { get }

  /// Makes a hash with a fresh salt.
  /// - Throws: ``PasswordHashingError`` when the library fails or cannot take the whole password.
  func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash
}

extension PasswordVerifier {
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
