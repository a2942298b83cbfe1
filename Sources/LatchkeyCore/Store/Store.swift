/// Where accounts and sessions live. The comments are the contract; `StoreConformance` in
/// `LatchkeyTesting` checks an implementation against it.
///
/// - Each call is atomic: it happens whole or, when it throws, not at all. The audit entry that
///   comes with a change is part of it, and is written only when something changed.
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
  ///
  /// - Parameters:
  ///   - account: what is inserted.
  ///   - recovery: the code with which its owner will choose a password.
  ///   - audit: written with it; the store adds the ID.
  func insertAccount(
    _ account: NewAccount, recovery: NewRecovery?, audit: AuditEntry
  ) async throws -> Account?

  /// Inserts those whose folded name is free, in order, in one transaction.
  ///
  /// - Parameters:
  ///   - accounts: in the order in which they are inserted.
  ///   - audit: written for each account that is inserted.
  ///   - progress: how many have been looked at, now and then.
  ///   - keeping: whether what was inserted is kept, by the outcomes; if not, all is as it was before.
  /// - Returns: one outcome for each account, in the same order, also where nothing is kept.
  func importAccounts(
    _ accounts: [NewAccount], audit: AuditEntry, progress: @Sendable @escaping (Int) -> Void,
    keeping: @Sendable @escaping ([AccountImport]) -> Bool
  ) async throws -> (outcomes: [AccountImport], isKept: Bool)

  func account(_ id: AccountID) async throws -> Account?

  func account(folded: String) async throws -> Account?

  /// In order of ID, beginning behind `id`.
  func accounts(after id: AccountID?, limit: Int) async throws -> [Account]

  /// All that is kept of accounts, in order of ID, beginning behind `id`.
  func exportAccounts(after id: AccountID?, limit: Int) async throws -> [AccountExport]

  /// What a login needs, read at one moment.
  ///
  /// - Parameters:
  ///   - folded: the folded name.
  ///   - devices: the tokens that the browser came with.
  func credentials(
    folded: String, devices: [DeviceToken.Digest]
  ) async throws -> CredentialLookup

  /// The same for somebody whose account is known.
  func credentials(
    of id: AccountID, devices: [DeviceToken.Digest]
  ) async throws -> CredentialLookup

  /// Whether the account has this very hash: the last step of each check of a password.
  ///
  /// - Parameters:
  ///   - hash: nil when there can be none; the same work is done.
  ///   - setting: what it was computed with.
  ///   - id: nil for no account; the same work is done.
  func comparePassword(
    _ hash: PasswordHash?, computedLike setting: PasswordSetting?, of id: AccountID?
  ) async throws -> PasswordComparison

  /// Enables or disables; disabling ends all sessions of the account in the same step.
  /// - Returns: false when there is no such account.
  func setEnabled(_ isEnabled: Bool, _ id: AccountID, audit: AuditEntry) async throws -> Bool

  /// Replaces the password. In the same step it ends all sessions of the account but `renewal`,
  /// which gets its new token; takes back a recovery code; forgets the browsers that the account
  /// is known to; and clears the failures counted against the account.
  ///
  /// - Parameters:
  ///   - password: what the account gets.
  ///   - id: of the account.
  ///   - verifiedHash: the account must still have this hash; nil when it does not matter.
  ///   - renewal: the session that stays, with its new token; nil to end all.
  ///   - audit: written when the password was replaced.
  /// - Returns: false when there is no such account, hash or session to renew; nothing has changed
  ///   then.
  func setPassword(
    _ password: NewPassword, _ id: AccountID, verifiedHash: PasswordHash?,
    renewal: SessionRenewal?, audit: AuditEntry
  ) async throws -> Bool

  /// Deletes the account with all that hangs on it.
  /// - Returns: false when there is no such account.
  func deleteAccount(_ id: AccountID, audit: AuditEntry) async throws -> Bool

  // MARK: Recovery

  /// Takes away the password, ends all sessions of the account, and stores the code in place of
  /// any earlier one.
  /// - Returns: false when there is no such account.
  func issueRecovery(
    _ recovery: NewRecovery, _ id: AccountID, audit: AuditEntry
  ) async throws -> Bool

  /// The enabled account for which this code is good at `now`. The code stays good.
  func recoveryAccount(_ digest: RecoveryCode.Digest, now: Timestamp) async throws -> Account?

  /// Uses the code up and sets the password, with all that
  /// ``setPassword(_:_:verifiedHash:renewal:audit:)`` does, and the browser is known to the account
  /// from now on. Of any number of simultaneous calls with one code, exactly one gets the account.
  /// - Returns: nil when the code is not good for the account (any more).
  func recover(
    _ digest: RecoveryCode.Digest, _ id: AccountID, password: NewPassword,
    device: DeviceRenewal, now: Timestamp, audit: AuditEntry
  ) async throws -> Recovered?

  // MARK: Sessions

  /// Begins a session, if the account is (still) enabled and (still) has the password hash that
  /// was checked: the check took a tenth of a second, in which an operator may have disabled the
  /// account or changed the password.
  ///
  /// Each session that it ends has an audit entry of its own, before the given one.
  /// - Returns: nil when the condition does not hold; nothing has changed then.
  func beginSession(_ session: NewSession, audit: AuditEntry) async throws -> BegunSession?

  /// The session with that token, if it is neither ended nor expired at `now`, was seen at or
  /// after `seenSince` (nil: no idle limit), and its account is enabled.
  func liveSession(
    _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
  ) async throws -> LiveSession?

  /// Those of the sessions that are alive by the same rule.
  func liveSessions(
    among ids: [SessionID], now: Timestamp, seenSince: Timestamp?
  ) async throws -> Set<SessionID>

  /// Notes uses of sessions. Does nothing for those that have ended, nor for those that were seen
  /// later.
  func touchSessions(_ uses: [SessionID: Timestamp]) async throws

  /// Gives a session that its holder has just proven to own its new token, if the account still
  /// has that password hash. The old token is dead.
  /// - Returns: false when the condition does not hold.
  func renewSession(
    _ renewal: SessionRenewal, verifiedHash: PasswordHash, settlement: ThrottleSettlement,
    audit: AuditEntry
  ) async throws -> Bool

  /// - Returns: what was ended, or nil when there was no such session.
  @discardableResult
  func endSession(_ digest: SessionToken.Digest, audit: AuditEntry) async throws -> Session?

  /// - Parameters:
  ///   - id: of the session.
  ///   - owner: nil for a session of anybody's.
  ///   - audit: written when a session was ended.
  /// - Returns: whether there was such a session of that account.
  func endSession(_ id: SessionID, of owner: AccountID?, audit: AuditEntry) async throws -> Bool

  /// Ends the sessions of an account, or of all accounts, but that one.
  /// - Returns: how many were ended.
  func endSessions(
    of id: AccountID?, except kept: SessionID?, audit: AuditEntry
  ) async throws -> Int

  /// The sessions that are alive at `now` by the same rule, newest first, with their accounts.
  ///
  /// - Parameters:
  ///   - account: nil for those of all accounts.
  ///   - now: the moment that counts.
  ///   - seenSince: sessions that were last seen earlier are not alive; nil for no such limit.
  func sessions(
    of account: AccountID?, now: Timestamp, seenSince: Timestamp?
  ) async throws -> [LiveSession]

  // MARK: Throttles

  /// Charges one attempt to all of these, or to none when one of them must wait.
  ///
  /// - Parameters:
  ///   - charges: what is counted, and by which rule.
  ///   - now: the moment of the attempt.
  ///   - audit: written when an attempt is refused, once for each time that the subject is blocked;
  ///     the store adds `kind`.
  func charge(
    _ charges: [ThrottleCharge], at now: Timestamp, audit: AuditEntry
  ) async throws -> ThrottleAdmission

  func settle(_ settlement: ThrottleSettlement) async throws

  /// All counts above zero, the most failures first.
  func throttles(limit: Int) async throws -> [ThrottleRecord]

  /// - Parameters:
  ///   - kind: nil for all kinds.
  ///   - key: nil for all of the kind; `7` of ``ThrottleSubject/Kind/knownBrowser`` is also `7/…`.
  ///   - audit: written when any were cleared.
  /// - Returns: how many were cleared.
  func clearThrottles(
    kind: ThrottleSubject.Kind?, key: String?, audit: AuditEntry
  ) async throws -> Int

  // MARK: Audit

  func appendAudit(_ entry: AuditEntry) async throws

  /// In order of number, beginning behind `number`.
  func auditRecords(after number: Int64, limit: Int) async throws -> [AuditRecord]

  /// The last `count` records, of one account or of all, oldest first.
  func lastAuditRecords(_ count: Int, of account: AccountID?) async throws -> [AuditRecord]

  func auditBounds() async throws -> AuditBounds

  // MARK: Service

  /// 32 random bytes that belong to this store and were made with it, for keyed hashes.
  func secret() async throws -> [UInt8]

  /// A value at once, and one within a quarter of a second after something of the topic has
  /// changed, brought about by this process or another. Several changes may be one value.
  func changes(_ topic: StoreTopic) -> AsyncThrowingStream<Void, any Error>

  /// Deletes at most `limit` rows of each kind that have reached their end.
  ///
  /// - Parameters:
  ///   - purge: what has reached its end.
  ///   - limit: of rows of each kind.
  ///   - audit: written when audit records were deleted; the store adds `last`, the link of the
  ///     last one of them.
  /// - Returns: how many were deleted.
  func purge(_ purge: Purge, limit: Int, audit: AuditEntry) async throws -> Int

  /// Sessions that nobody has used since a moment. No index has that, so the whole table may be read, but
  /// nobody waits for it.
  /// - Parameters:
  ///   - moment: of the last use.
  ///   - limit: how many are enough.
  func idleSessions(seenBefore moment: Timestamp, limit: Int) async throws -> [SessionID]

  /// Ends those of the sessions that have not been used meanwhile.
  /// - Parameters:
  ///   - ids: of sessions that were idle.
  ///   - moment: as they were looked for.
  func endIdleSessions(_ ids: [SessionID], seenBefore moment: Timestamp) async throws

  /// Throws when the store could not answer a request now.
  func checkHealth() async throws

  /// Gives back what the store holds open. No call may follow.
  func close() async throws
}
