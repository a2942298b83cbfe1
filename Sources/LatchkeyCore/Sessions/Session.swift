/// One login of one account in one browser.
public struct Session: Hashable, Sendable, Identifiable {
  public let id: SessionID
  public let accountID: AccountID
  public let createdAt: Timestamp
  /// The last request that used the session, to within a minute.
  public let lastSeenAt: Timestamp
  /// The end of its absolute life. Activity does not move it.
  public let expiresAt: Timestamp
  /// When its holder last gave the password: at the login, or at a re-authentication since.
  public let provenAt: Timestamp
  public let client: ClientDescription

  public init(
    id: SessionID, accountID: AccountID, createdAt: Timestamp, lastSeenAt: Timestamp,
    expiresAt: Timestamp, provenAt: Timestamp, client: ClientDescription
  ) {
    self.id = id
    self.accountID = accountID
    self.createdAt = createdAt
    self.lastSeenAt = lastSeenAt
    self.expiresAt = expiresAt
    self.provenAt = provenAt
    self.client = client
  }
}

/// A session that was found valid just now, with its account: what a private page gets.
public struct LiveSession: Hashable, Sendable {
  public let session: Session
  public let account: Account

  public init(session: Session, account: Account) {
    self.session = session
    self.account = account
  }
}
