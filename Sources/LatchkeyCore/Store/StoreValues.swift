/// A password hash on its way into the store, with its work, which the store keeps beside it so
/// that it can name all works in use without reading every hash.
public struct NewPassword: Sendable {
  public let stored: StoredPassword
  public let work: PasswordWork

  public init(stored: StoredPassword, work: PasswordWork) {
    self.stored = stored
    self.work = work
  }
}

/// What the store says of a hash that was computed from a password.
public enum PasswordComparison: Hashable, Sendable {
  /// It is the account's: the password is right.
  case same
  /// It is not.
  case different
  /// The account's hash is made otherwise by now, so nothing can be said: compute it again.
  case outdated
}

/// An account on its way into the store.
public struct NewAccount: Sendable {
  public let username: Username
  /// Nil for an account whose owner has yet to choose one.
  public let password: NewPassword?
  public let isEnabled: Bool
  public let createdAt: Timestamp

  public init(
    username: Username, password: NewPassword?, isEnabled: Bool = true, createdAt: Timestamp
  ) {
    self.username = username
    self.password = password
    self.isEnabled = isEnabled
    self.createdAt = createdAt
  }
}

/// A session on its way into the store, with the conditions under which it may begin.
public struct NewSession: Sendable {
  public let session: Session
  public let digest: SessionToken.Digest
  /// The account must still have this hash; nil when the caller has established by other means who
  /// it is.
  public var verifiedHash: PasswordHash?
  /// A better hash of the same password.
  public var upgrade: NewPassword?
  /// The sessions that the browser had before, of whatever account. They end.
  public var replaced: [SessionToken.Digest] = []
  /// The account's oldest sessions end until it has no more than this; nil for any number.
  public var maximumCount: Int?
  public var device: DeviceRenewal
  public var settlement = ThrottleSettlement()

  public init(session: Session, digest: SessionToken.Digest, device: DeviceRenewal) {
    self.session = session
    self.digest = digest
    self.device = device
  }
}

/// A browser is known to an account from now on under a new token.
public struct DeviceRenewal: Sendable {
  public let new: DeviceToken.Digest
  /// The one under which it was known to this account, if it was.
  public let previous: DeviceToken.Digest?

  public init(new: DeviceToken.Digest, previous: DeviceToken.Digest?) {
    self.new = new
    self.previous = previous
  }
}

/// A session that has begun.
public struct BegunSession: Sendable {
  public let live: LiveSession
  /// Failures of strangers at this account, in a row, up to now.
  public let failuresOfStrangers: Int
  /// The audit entries of the sessions that it ended.
  public let ended: [AuditEntry]

  public init(live: LiveSession, failuresOfStrangers: Int, ended: [AuditEntry]) {
    self.live = live
    self.failuresOfStrangers = failuresOfStrangers
    self.ended = ended
  }
}

/// An account whose recovery code was used.
public struct Recovered: Sendable {
  public let account: Account
  /// Failures of strangers at this account, in a row, up to now.
  public let failuresOfStrangers: Int

  public init(account: Account, failuresOfStrangers: Int) {
    self.account = account
    self.failuresOfStrangers = failuresOfStrangers
  }
}

/// New tokens for a session whose holder has just given the password, and for its browser.
public struct SessionRenewal: Sendable {
  public let id: SessionID
  public let digest: SessionToken.Digest
  public let device: DeviceRenewal
  public let provenAt: Timestamp

  public init(
    id: SessionID, digest: SessionToken.Digest, device: DeviceRenewal, provenAt: Timestamp
  ) {
    self.id = id
    self.digest = digest
    self.device = device
    self.provenAt = provenAt
  }
}

/// A recovery code on its way into the store.
public struct NewRecovery: Sendable {
  public let digest: RecoveryCode.Digest
  public let createdAt: Timestamp
  public let expiresAt: Timestamp

  public init(digest: RecoveryCode.Digest, createdAt: Timestamp, expiresAt: Timestamp) {
    self.digest = digest
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// What a login needs to know of a name.
public struct CredentialLookup: Sendable {
  /// Nil when there is no account of that name.
  public let credentials: Credentials?
  /// That of the browser's device tokens with which the account has logged in before.
  public let knownBrowser: DeviceToken.Digest?
  /// The works of all password hashes in the store (see ``PasswordHasher/compute(_:like:worksInUse:)``).
  public let worksInUse: Set<PasswordWork>

  public init(
    credentials: Credentials?, knownBrowser: DeviceToken.Digest?, worksInUse: Set<PasswordWork>
  ) {
    self.credentials = credentials
    self.knownBrowser = knownBrowser
    self.worksInUse = worksInUse
  }
}

/// What a store can be watched for (``Store/changes(_:)``).
public enum StoreTopic: Sendable {
  /// Sessions have ended, or accounts were disabled or deleted.
  case revocations
  /// The audit trail has grown.
  case audit
}

/// What has reached its end.
public struct Purge: Sendable {
  /// Sessions and codes that end at or before this moment.
  public let now: Timestamp
  /// Browsers that have not logged in since.
  public let browsersSince: Timestamp
  /// Throttle counts that were not touched since, those of names excepted.
  public let throttlesSince: Timestamp
  /// Counts of names that nobody has and that had no failure since, if they are so low that they
  /// never led to a wait.
  public let unknownNamesSince: Timestamp
  public let unknownNamesBelow: Int
  /// Audit records before this moment; nil to keep all.
  public let auditSince: Timestamp?

  public init(
    now: Timestamp, browsersSince: Timestamp, throttlesSince: Timestamp,
    unknownNamesSince: Timestamp, unknownNamesBelow: Int, auditSince: Timestamp?
  ) {
    self.now = now
    self.browsersSince = browsersSince
    self.throttlesSince = throttlesSince
    self.unknownNamesSince = unknownNamesSince
    self.unknownNamesBelow = unknownNamesBelow
    self.auditSince = auditSince
  }
}

/// Where the audit trail begins and ends.
public struct AuditBounds: Hashable, Sendable {
  /// The last record that retention has removed; ``AuditChain/Link/start`` when it removed none.
  public let anchor: AuditChain.Link
  /// The number of the last record that was ever written, whether it is still there or not.
  public let lastNumber: Int64

  public init(anchor: AuditChain.Link, lastNumber: Int64) {
    self.anchor = anchor
    self.lastNumber = lastNumber
  }
}

/// What became of one account of an import.
public enum AccountImport: Hashable, Sendable {
  case imported(Account)
  /// The folded name belongs to this account, which was there before or stands earlier in the
  /// same import. Nothing was changed.
  case nameTaken(by: Account)
}

/// The database was migrated by a newer version of the program.
public struct StoreIsNewerError: Error, Hashable, Sendable, CustomStringConvertible {
  public let unknownMigrations: [String]

  public init(unknownMigrations: [String]) {
    self.unknownMigrations = unknownMigrations
  }

  public var description: String {
    "The database was made by a newer version of this program (it has "
      + unknownMigrations.joined(separator: ", ") + "). Run that version, or restore a backup."
  }
}

/// The store broke off while it committed: what was asked of it was done whole, or not at all, and
/// nobody knows which.
public struct OutcomeUnknownError: Error, Hashable, Sendable, CustomStringConvertible {
  public init() {}

  public var description: String {
    "The database did not answer while a change was committed: it may have been made, or not. Look "
      + "before you do it again."
  }
}

/// The store cannot be opened or used. ``reason`` is for the operator and carries no secret.
public struct StoreUnavailableError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String

  public init(reason: String) {
    self.reason = reason
  }

  public var description: String { reason }
}
