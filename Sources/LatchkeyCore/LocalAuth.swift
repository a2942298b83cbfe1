import Crypto
public import Logging

/// Local accounts: everything that can be done with them, without HTTP.
///
/// ```swift
/// let auth = try await LocalAuth(.sqlite("app.db"))
///
/// switch try await auth.login(username: "alice", password: Password("correct horse")) {
/// case .loggedIn(let login): print("welcome, \(login.account.username)")
/// case .throttled(let wait): print("wait for \(wait.retryAfterSeconds) seconds")
/// case .disabled, .refused: print("no")
/// }
/// ```
///
/// A flow returns an outcome value for everything that a person can bring about, and throws only
/// when the system cannot do its work: ``HashingLanes/Busy``, or an error of the store.
///
/// ## Topics
///
/// ### Flows for people
/// - ``register(username:password:confirmation:)``
/// - ``login(username:password:device:replacing:)``
/// - ``logout(_:)``
/// - ``session(for:isUse:)``
/// - ``reauthenticate(_:password:device:)``
/// - ``changePassword(of:current:new:confirmation:device:)``
/// - ``recover(username:code:password:confirmation:device:)``
///
/// ### Flows for operators
/// - ``addAccount(username:password:)``
/// - ``addAccount(username:)``
/// - ``issueRecovery(for:)``
/// - ``setPassword(_:for:)``
/// - ``setEnabled(_:for:)``
/// - ``delete(_:)``
/// - ``importAccounts(_:_:progress:)``
/// - ``exportAccounts(_:)``
/// - ``export(_:)``
///
/// ### For the app's own ways to log in
/// - ``beginSession(for:lifetime:device:replacing:)``
///
/// ### The audit trail
/// - ``record(_:succeeded:account:session:details:)``
/// - ``auditRecords(after:limit:)``
/// - ``verifyAudit(against:progress:)``
public struct LocalAuth: Sendable {
  public let store: any Store
  public private(set) var configuration: Configuration
  public let hasher: PasswordHasher
  public let clock: WallClock
  public private(set) var logger: Logger
  /// Who asks, for the audit trail, the throttles and the sessions.
  public private(set) var source: AuditSource
  let random: RandomSource
  let secret: SymmetricKey
  let lastSeen: LastSeen

  /// Opens the store and prepares the hashing lanes.
  ///
  /// - Throws: ``StoreUnavailableError``, ``StoreIsNewerError``, ``InvalidSettingError``.
  public init(
    _ source: StoreSource, configuration: Configuration = Configuration(),
    clock: WallClock = .system, random: RandomSource = .system,
    logger: Logger = Logger(label: "latchkey")
  ) async throws {
    self.hasher = PasswordHasher(
      schemes: configuration.schemes,
      lanes: HashingLanes(
        count: configuration.hashingLanes, maximumWaiting: configuration.maximumWaitingHashes),
      random: random)
    try configuration.check(maximumPasswordBytes: hasher.maximumPasswordBytes)
    self.store = try await source.open(logger: logger)
    self.lastSeen = LastSeen(store: store, logger: logger)
    self.secret = SymmetricKey(data: try await store.secret())
    self.configuration = configuration
    self.clock = clock
    self.random = random
    self.logger = logger
    self.source = .app
  }

  /// The same accounts, with flows that log to `logger`: a request's own, which carries its ID.
  public func logging(to logger: Logger) -> LocalAuth {
    var copy = self
    copy.logger = logger
    return copy
  }

  /// The same accounts, with one more word of which no password may consist.
  public func refusingPasswords(consistingOf word: String) -> LocalAuth {
    var copy = self
    copy.configuration.passwordPolicy.contextWords.append(word)
    return copy
  }

  /// The same accounts, with flows that are asked for by `source`.
  public func asked(by source: AuditSource) -> LocalAuth {
    var copy = self
    copy.source = source
    return copy
  }
}

/// A service that holds one is printed whole by whoever runs services: none of it is for a log.
extension LocalAuth: CustomStringConvertible, CustomReflectable {
  public var description: String { "LocalAuth" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
