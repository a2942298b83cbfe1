public import Logging

/// Local accounts: everything that can be done with them, without HTTP.
///
/// ```swift
/// let auth = try await LocalAuth(.sqlite("app.db"))
///
/// switch try await auth.login(username: "alice", password: Password("correct horse")) {
/// case .loggedIn(let login): print("welcome, \(login.account.username)")
/// case .disabled, .refused: print("no")
/// }
/// ```
///
/// ## Topics
/// - Flows for people: ``register(username:password:confirmation:)``,
///   ``login(username:password:client:replacing:)``, ``logout(_:)``, ``session(for:)``
/// - Flows for operators: ``addAccount(username:password:)``,
///   ``setPassword(_:for:)``, ``setEnabled(_:for:)``, ``delete(_:)``, ``importAccounts(_:)``
/// - For the app's own ways to log in: ``beginSession(for:lifetime:client:replacing:)``
///
/// A flow returns an outcome value for everything that a person can bring about, and throws only
/// when the system cannot do its work: ``HashingLanes/Busy``, or an error of the store.
public struct LocalAuth: Sendable {
  public let store: any Store
  public let configuration: Configuration
  public let hasher: PasswordHasher
  public let clock: WallClock
  public private(set) var logger: Logger
  let random: RandomSource

  /// Opens the store and prepares the hashing lanes.
  ///
  /// - Throws: ``StoreUnavailableError``, ``StoreIsNewerError``, ``InvalidSettingError``.
  public init(
    _ source: StoreSource, configuration: Configuration = Configuration(),
    clock: WallClock = .system, random: RandomSource = .system,
    logger: Logger = Logger(label: "latchkey")
  ) async throws {
    try configuration.check()
    self.store = try await source.open(logger: logger)
    self.configuration = configuration
    self.clock = clock
    self.random = random
    self.logger = logger
    self.hasher = PasswordHasher(
      schemes: configuration.schemes,
      lanes: HashingLanes(
        count: configuration.hashingLanes, maximumWaiting: configuration.maximumWaitingHashes),
      random: random)
  }

  /// The same accounts, with flows that log to `logger`: a request's own, which carries its ID.
  public func logging(to logger: Logger) -> LocalAuth {
    var copy = self
    copy.logger = logger
    return copy
  }
}
