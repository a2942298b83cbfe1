/// What a new password must be. It applies where a password is chosen, never where one is
/// checked: an imported account keeps the password that it has.
///
/// Length, and not being what everybody tries first. Composition rules are left out on purpose
/// (ASVS 6.2.5, SP 800-63B 3.1.1.2).
public struct PasswordPolicy: Sendable {
  /// In Unicode scalars of the composed form: 🔐 counts as one. ASVS 6.2.1 asks for 8.
  public var minimumLength: Int
  /// In Unicode scalars. ASVS 6.2.9 asks for at least 64.
  public var maximumLength: Int
  /// Passwords that are refused. The first is the program's own.
  public var blocklists: [PasswordList]
  /// Words that a password must not consist of, beside the username: names of the app and of what
  /// it is for (ASVS 6.1.2). Those of three letters or more count.
  public var contextWords: [String]

  public init(
    minimumLength: Int = 8, maximumLength: Int = 256, blocklists: [PasswordList] = [.common],
    contextWords: [String] = ["latchkey"]
  ) {
    self.minimumLength = minimumLength
    self.maximumLength = maximumLength
    self.blocklists = blocklists
    self.contextWords = contextWords
  }

  /// 15 characters or more: what SP 800-63B-4 asks for where a password is all that is asked.
  public static let strict = PasswordPolicy(minimumLength: 15)

  /// - Parameter maximumBytes: what the hashing scheme takes (``PasswordHasher``).
  /// - Returns: nil when the password is acceptable.
  func problem(
    with password: Password, username: String, maximumBytes: Int?
  ) -> PasswordProblem? {
    let composed = password.composedBytes
    if composed.isEmpty { return .empty }
    if composed.contains(0) { return .containsNUL }
    let text = UnicodeForm.composed(password.text)
    let length = text.unicodeScalars.count
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
    let folded = UnicodeForm.compatibilityComposed(text).lowercased()
    if let word = contextWord(in: folded, username: username) { return .consistsOf(word) }
    if blocklists.contains(where: { $0.contains(folded: folded) }) { return .common }
    return nil
  }

  /// The word that the password consists of, but for a few signs: `alice2026`, `latchkeylatchkey`.
  private func contextWord(in folded: String, username: String) -> String? {
    for word in [username] + contextWords {
      let needle = UnicodeForm.compatibilityComposed(word).lowercased()
      guard needle.unicodeScalars.count >= 3 else { continue }
      let rest = folded.split(separator: needle, omittingEmptySubsequences: true)
      if folded.contains(needle), rest.reduce(0, { $0 + $1.unicodeScalars.count }) < 5 {
        return word
      }
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
  /// One of the passwords that are tried first.
  case common
  /// The username or the app's name and little else.
  case consistsOf(String)
}
