/// A person who can log in, as pages and commands see them.
///
/// An account never carries its password hash: what is not in the value cannot be serialised,
/// logged or sent to a browser by mistake. The hash lives in ``Credentials``, which only the
/// login flow asks for.
public struct Account: Hashable, Sendable, Identifiable {
  public let id: AccountID
  /// The name as its owner spelt it. Unique by ``Username/folded``.
  public let username: String
  /// A disabled account has no sessions and cannot log in.
  public let isEnabled: Bool
  public let createdAt: Timestamp

  public init(id: AccountID, username: String, isEnabled: Bool, createdAt: Timestamp) {
    self.id = id
    self.username = username
    self.isEnabled = isEnabled
    self.createdAt = createdAt
  }
}

/// An account together with what is needed to check its password. It stays inside the flows.
public struct Credentials: Sendable {
  public let account: Account
  /// Nil as long as its owner has chosen none (``LocalAuth/issueRecovery(for:)``): no password is
  /// the right one then.
  public let password: PasswordSetting?

  public init(account: Account, password: PasswordSetting?) {
    self.account = account
    self.password = password
  }
}
