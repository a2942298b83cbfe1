import Logging

extension LocalAuth {
  /// Checks a name and a password and begins a session.
  ///
  /// Same answer, same work: a wrong password, an unknown name and a disabled account with a
  /// wrong password get the same outcome after the same hashing (ASVS 6.3.8). That an account is
  /// disabled is told only to someone who knows its password.
  ///
  /// - Parameters:
  ///   - client: remembered with the session, for its owner to recognise it.
  ///   - replaced: the token that the browser came with. Its session ends with this login, and it
  ///     is never used for the new one, so a planted token gains nothing (session fixation).
  /// - Throws: ``HashingLanes/Busy``, or an error of the store. Nobody is logged in then.
  public func login(
    username: String, password: Password, client: ClientDescription = .unknown,
    replacing replaced: SessionToken? = nil
  ) async throws -> LoginOutcome {
    // These two depend on the input alone, so they may be answered without hashing.
    guard !password.isEmpty, password.receivedBytes.count <= Password.maximumBytes else {
      return .refused
    }
    // A name that the rule refuses has no account, and costs what an unknown name costs. The
    // empty fold is nobody's: the store forbids it.
    let folded = (try? Username(username))?.folded ?? ""
    let attempt = LoginAttempt(
      folded: folded, password: password, client: client, replaced: replaced)
    if let outcome = try await outcome(of: attempt) { return outcome }
    return try await outcome(of: attempt) ?? .refused
  }

  /// Nil when the account changed while we were hashing: disabled, deleted, given another password,
  /// or, by a login at the same moment, a better hash of the same one. That needs another look,
  /// which only somebody who knew the password can bring about.
  private func outcome(of attempt: LoginAttempt) async throws -> LoginOutcome? {
    let lookup = try await store.credentials(folded: attempt.folded)
    let check = try await hasher.check(
      attempt.password, against: lookup.credentials?.password, worksInUse: lookup.worksInUse)
    guard check.matches, let credentials = lookup.credentials else {
      // The typed name is not logged: now and then it is somebody's password.
      logger.info("login refused", metadata: lookup.credentials.metadata)
      return .refused
    }
    guard credentials.account.isEnabled else {
      logger.info("login refused: disabled", metadata: lookup.credentials.metadata)
      return .disabled
    }
    let upgrade = check.upgrade.map { NewPassword(stored: $0, work: hasher.preferredWork) }
    let started = try await begin(
      for: credentials.account, lifetime: configuration.sessionLifetime, client: attempt.client,
      verifiedHash: credentials.password.hash, upgrade: upgrade, replacing: attempt.replaced)
    return started.map(LoginOutcome.loggedIn)
  }

  /// Begins a session for an account that the app has identified by means of its own.
  ///
  /// - Parameter lifetime: a second or more; nil for the configured one.
  /// - Returns: nil when the account is disabled or gone.
  /// - Throws: an error of the store.
  public func beginSession(
    for account: Account, lifetime: Duration? = nil, client: ClientDescription = .unknown,
    replacing replaced: SessionToken? = nil
  ) async throws -> StartedSession? {
    try await begin(
      for: account, lifetime: lifetime ?? configuration.sessionLifetime, client: client,
      verifiedHash: nil, upgrade: nil, replacing: replaced)
  }

  private func begin(
    for account: Account, lifetime: Duration, client: ClientDescription,
    verifiedHash: PasswordHash?, upgrade: NewPassword?, replacing replaced: SessionToken?
  ) async throws -> StartedSession? {
    precondition(lifetime >= .seconds(1), "a session of \(lifetime) could not be used")
    let token = SessionToken(from: random)
    let now = clock.now
    let session = Session(
      id: SessionID(from: random), accountID: account.id, createdAt: now, lastSeenAt: now,
      expiresAt: now + lifetime, client: client)
    let live = try await store.beginSession(
      NewSession(session: session, digest: token.digest), verifiedHash: verifiedHash,
      upgrade: upgrade, replacing: replaced?.digest)
    guard let live else { return nil }
    logger.info(
      "logged in", metadata: ["account": "\(account.id)", "session": "\(session.id)"])
    return StartedSession(live: live, token: token)
  }
}

private struct LoginAttempt {
  let folded: String
  let password: Password
  let client: ClientDescription
  let replaced: SessionToken?
}

public enum LoginOutcome: Sendable {
  case loggedIn(StartedSession)
  /// The password was right, but the account is disabled.
  case disabled
  /// Unknown name or wrong password: nobody is told which.
  case refused
}

/// A session that has just begun, with the only copy of its token there will ever be.
public struct StartedSession: Sendable {
  public let live: LiveSession
  public let token: SessionToken

  public var account: Account { live.account }
  public var session: Session { live.session }
}

extension Credentials? {
  fileprivate var metadata: Logger.Metadata {
    map { ["account": "\($0.account.id)"] } ?? [:]
  }
}
