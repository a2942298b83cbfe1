/// One security event, before it is part of the trail.
///
/// It never holds a secret: no password, no token, no code, no hash of them, and no name that
/// somebody typed and that is no account's (it is now and then a password).
public struct AuditEntry: Hashable, Sendable {
  public var at: Timestamp
  public var event: AuditEvent
  /// False for what was tried and refused.
  public var succeeded: Bool
  /// The account that it is about. A store that creates the account fills it in.
  public var account: AccountID?
  public var session: SessionID?
  public var source: AuditSource
  /// More about it, such as the reason of a refusal: text by name.
  public var details: [String: String]

  public init(
    at: Timestamp, event: AuditEvent, succeeded: Bool = true, account: AccountID? = nil,
    session: SessionID? = nil, source: AuditSource, details: [String: String] = [:]
  ) {
    self.at = at
    self.event = event
    self.succeeded = succeeded
    self.account = account
    self.session = session
    self.source = source
    self.details = details
  }

  /// What the same source did at the same moment to a session.
  public func about(_ ended: Session, _ event: AuditEvent, reason: String) -> AuditEntry {
    AuditEntry(
      at: at, event: event, account: ended.accountID, session: ended.id, source: source,
      details: ["reason": reason])
  }
}

/// A row of the audit trail.
public struct AuditRecord: Hashable, Sendable {
  /// From 1, without gaps.
  public let number: Int64
  public let entry: AuditEntry
  /// Covers the entry, its number and the hash of the record before (``AuditChain``).
  public let hash: AuditChain.Hash

  public init(number: Int64, entry: AuditEntry, hash: AuditChain.Hash) {
    self.number = number
    self.entry = entry
    self.hash = hash
  }
}
