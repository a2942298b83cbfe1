/// All that is kept of an account, but the secrets of its sessions, browsers and codes.
public struct AccountExport: Sendable {
  /// A browser in which the account has logged in.
  public struct Browser: Sendable {
    public let lastLoginAt: Timestamp

    public init(lastLoginAt: Timestamp) {
      self.lastLoginAt = lastLoginAt
    }
  }

  /// A recovery code that was given out, used or not.
  public struct Recovery: Sendable {
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    public init(createdAt: Timestamp, expiresAt: Timestamp) {
      self.createdAt = createdAt
      self.expiresAt = expiresAt
    }
  }

  public let account: Account
  /// Nil when it has none.
  public let password: StoredPassword?
  /// Also those that have ended and are not deleted yet.
  public var sessions: [Session] = []
  public var browsers: [Browser] = []
  public var recovery: Recovery?

  public init(account: Account, password: StoredPassword?) {
    self.account = account
    self.password = password
  }
}
