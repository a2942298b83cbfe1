/// Where accounts and sessions live. The comments are the contract; `StoreConformance` in
/// `LatchkeyTesting` checks an implementation against it.
///
/// - Each call is atomic: it happens whole or, when it throws, not at all.
/// - "Not there" and "taken" are values. Throwing is for a store that cannot do its work (a full
///   disk, a lost connection); the caller answers 503 and says nothing else.
/// - The store enforces the rules itself, with constraints: a second account of one folded name
///   cannot exist, a session goes with its account, and no ID is ever given out twice.
/// - What a call has changed is seen by every call that begins after it returned, on any
///   connection and in any process.
public protocol Store: Sendable {
  // MARK: Accounts

  /// Nil when the folded name is taken. Of any number of simultaneous calls with one folded
  /// name, exactly one gets an account.
  func insertAccount(_ account: NewAccount) async throws -> Account?

  /// Inserts those whose folded name is free, in order, in one transaction.
  /// - Returns: one outcome for each account, in the same order.
  func importAccounts(_ accounts: [NewAccount]) async throws -> [AccountImport]

  func account(_ id: AccountID) async throws -> Account?

  func account(folded: String) async throws -> Account?

  /// In order of ID, beginning behind `id`.
  func accounts(after id: AccountID?, limit: Int) async throws -> [Account]

  /// What a login needs, read at one moment.
  func credentials(folded: String) async throws -> CredentialLookup

  /// Enables or disables; disabling ends all sessions of the account in the same step.
  /// - Returns: false when there is no such account.
  func setEnabled(_ isEnabled: Bool, _ id: AccountID) async throws -> Bool

  /// Replaces the password and ends all sessions of the account in the same step.
  /// - Returns: false when there is no such account.
  func setPassword(_ password: NewPassword, _ id: AccountID) async throws -> Bool

  /// Deletes the account with all its sessions.
  /// - Returns: false when there is no such account.
  func deleteAccount(_ id: AccountID) async throws -> Bool

  // MARK: Sessions

  /// Begins a session, if the account is (still) enabled and (still) has the password hash
  /// `verifiedHash`: the check of the password took a tenth of a second, in which an operator may
  /// have disabled the account or changed the password.
  ///
  /// In the same step it stores `upgrade`, ends the session `replaced`, and deletes the account's
  /// expired sessions.
  /// - Parameters:
  ///   - verifiedHash: nil when the caller has established by other means who it is.
  ///   - replaced: the session that the browser had before, of whatever account.
  /// - Returns: nil when the condition does not hold; nothing has changed then.
  func beginSession(
    _ session: NewSession, verifiedHash: PasswordHash?, upgrade: NewPassword?,
    replacing replaced: SessionToken.Digest?
  ) async throws -> LiveSession?

  /// The session with that token, if it is neither ended nor expired at `now`, was seen at or
  /// after `seenSince` (nil: no idle limit), and its account is enabled.
  func liveSession(
    _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
  ) async throws -> LiveSession?

  /// Notes a use of the session. Does nothing when it has ended.
  func touchSession(_ id: SessionID, at moment: Timestamp) async throws

  /// - Returns: what was ended, or nil when there was no such session.
  @discardableResult
  func endSession(_ digest: SessionToken.Digest) async throws -> Session?

  /// - Returns: whether there was such a session.
  func endSession(_ id: SessionID) async throws -> Bool

  /// - Returns: how many were ended.
  func endSessions(of id: AccountID) async throws -> Int

  /// The sessions that are alive at `now` by the same rule, newest first, with their accounts.
  /// - Parameter account: nil for those of all accounts.
  func sessions(
    of account: AccountID?, now: Timestamp, seenSince: Timestamp?
  ) async throws -> [LiveSession]

  // MARK: Service

  /// Throws when the store could not answer a request now.
  func checkHealth() async throws

  /// Gives back what the store holds open. No call may follow.
  func close() async throws
}
