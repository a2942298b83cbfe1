/// What a new password must be. It applies where a password is chosen, never where one is
/// checked: an imported account keeps the password that it has.
///
/// Length is the only rule. Composition rules are left out on purpose (ASVS 6.2.5,
/// SP 800-63B 3.1.1.2).
public struct PasswordPolicy: Sendable {
  /// In Unicode scalars of the composed form: 🔐 counts as one. ASVS 6.2.1 asks for 8.
  public var minimumLength: Int
  /// In Unicode scalars. ASVS 6.2.9 asks for at least 64.
  public var maximumLength: Int

  public init(minimumLength: Int = 8, maximumLength: Int = 256) {
    self.minimumLength = minimumLength
    self.maximumLength = maximumLength
  }

  /// - Parameter maximumBytes: what the hashing scheme takes (``PasswordHasher``).
  /// - Returns: nil when the password is acceptable.
  func problem(with password: Password, maximumBytes: Int?) -> PasswordProblem? {
    let composed = password.composedBytes
    if composed.isEmpty { return .empty }
    if composed.contains(0) { return .containsNUL }
    let length = UnicodeForm.composed(password.text).unicodeScalars.count
    if length < minimumLength { return .tooShort(minimum: minimumLength) }
    if length > maximumLength { return .tooLong(maximum: maximumLength) }
    if let maximumBytes, composed.count > maximumBytes {
      return .tooManyBytes(maximum: maximumBytes)
    }
    // What a login would refuse unseen must not be chosen. Decomposed letters take several times
    // the bytes of composed ones.
    if password.receivedBytes.count > Password.maximumBytes {
      return .tooManyBytes(maximum: Password.maximumBytes)
    }
    return nil
  }
}

/// Why a new password was refused. Views turn it into words.
public enum PasswordProblem: Hashable, Sendable {
  case empty
  case tooShort(minimum: Int)
  case tooLong(maximum: Int)
  case tooManyBytes(maximum: Int)
  case containsNUL
}
