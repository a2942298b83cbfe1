import Tracing

extension LocalAuth {
  /// Checks a name and a password and begins a session.
  ///
  /// Same answer, same work: a wrong password, an unknown name and a disabled account with a
  /// wrong password get the same outcome after the same hashing (ASVS 6.3.8). That an account is
  /// disabled is told only to someone who knows its password.
  ///
  /// - Parameters:
  ///   - username: as it was typed; it is folded here.
  ///   - password: as it was typed.
  ///   - device: what the browser is known by: one in which the account has logged in before is not
  ///     stopped by the guesses of strangers.
  ///   - replaced: the tokens that the browser came with. Their sessions end with this login, and
  ///     none is used for the new one, so a planted token gains nothing (session fixation).
  /// - Throws: ``HashingLanes/Busy``, or an error of the store. Nobody is logged in then.
  public func login(
    username: String, password: Password, device: DeviceTokens = DeviceTokens(),
    replacing replaced: [SessionToken] = []
  ) async throws -> LoginOutcome {
    try await withSpan("latchkey.login") { _ in
      // These two depend on the input alone, so they may be answered without hashing.
      guard !password.isEmpty, password.receivedBytes.count <= Password.maximumBytes else {
        return .refused
      }
      // A name that can be nobody's costs what an unknown name costs: the store forbids the empty fold.
      let attempt = LoginAttempt(
        folded: Username.folded(typed: username), password: password, device: device,
        replaced: replaced)
      if let outcome = try await outcome(of: attempt) { return outcome }
      return try await outcome(of: attempt) ?? .refused
    }
  }

  /// Nil when the account changed while we were hashing: disabled, deleted, given another password,
  /// or, by a login at the same moment, a better hash of the same one. That needs another look.
  private func outcome(of attempt: LoginAttempt) async throws -> LoginOutcome? {
    let lookup = try await store.credentials(
      folded: attempt.folded, devices: attempt.device.digests)
    let account = lookup.credentials?.account
    let charges = charges(folded: attempt.folded, lookup)
    // Counted before the hashing, or a hundred guesses at the same moment would count as one. Who
    // has to wait costs no hash, whether the name is somebody's or not.
    let paid: [ThrottlePayment]
    switch try await charge(charges, account: account?.id) {
    case .wait(let wait): return .throttled(wait)
    case .go(let payments): paid = payments
    }
    let check = try await checking(attempt.password, lookup, refundingOnFailure: paid)
    if check.isOutdated {
      // It was no guess that anybody learns from.
      try await store.settle(ThrottleSettlement(refunded: paid))
      return nil
    }
    guard let verified = check.verified, let credentials = lookup.credentials else {
      // The typed name is not noted: now and then it is somebody's password.
      try await note(.loginRefused, account, reason: account == nil ? "unknown name" : "password")
      return .refused
    }
    let settlement = ThrottleSettlement(clearing: charges[0].subject, paid: paid)
    guard credentials.account.isEnabled else {
      try await store.settle(settlement)
      try await note(.loginRefused, account, reason: "disabled")
      return .disabled
    }
    let upgrade = check.upgrade.map { NewPassword(stored: $0, work: hasher.preferredWork) }
    let started: StartedSession?
    do {
      started = try await begin(
        for: credentials.account, lifetime: configuration.sessionLifetime, device: attempt.device,
        known: lookup.knownBrowser, replacing: attempt.replaced
      ) { session in
        session.verifiedHash = verified
        session.upgrade = upgrade
        session.settlement = settlement
      }
    } catch let error as CancellationError {
      // The password was right: the owner's browser went away, and has nothing to pay for.
      try await evenIfCancelled { try await store.settle(settlement) }
      throw error
    }
    if started == nil { try await store.settle(settlement) }
    return started.map(LoginOutcome.loggedIn)
  }

  /// The check of a password, at the same cost for every name. When nothing was hashed (the lanes are
  /// full, the client has gone while it waited), the attempt was none and is given back.
  func checking(
    _ password: Password, _ lookup: CredentialLookup, refundingOnFailure paid: [ThrottlePayment]
  ) async throws -> PasswordCheck {
    let computed: PasswordHasher.Computed
    do {
      computed = try await hasher.compute(
        password, like: lookup.credentials?.password, worksInUse: lookup.worksInUse)
    } catch {
      try await evenIfCancelled { try await store.settle(ThrottleSettlement(refunded: paid)) }
      throw error
    }
    // From here on the attempt is paid for, and is noted, also of a client that does not wait for its
    // answer: it has cost a hash.
    let comparison = try await evenIfCancelled {
      try await store.comparePassword(
        computed.hash, computedLike: lookup.credentials?.password,
        of: lookup.credentials?.account.id)
    }
    return switch comparison {
    case .same: PasswordCheck(verified: computed.hash, upgrade: computed.upgrade)
    case .different: PasswordCheck()
    case .outdated: PasswordCheck(isOutdated: true)
    }
  }

  /// Puts a refusal into the trail.
  func note(
    _ event: AuditEvent, _ account: Account?, session: SessionID? = nil, reason: String
  ) async throws {
    let entry = entry(
      event, succeeded: false, account: account?.id, session: session, details: ["reason": reason])
    try await evenIfCancelled { try await store.appendAudit(entry) }
    announce(entry)
  }

  /// In a task of its own: the store does nothing for one that is cancelled, such as that of a client
  /// who has hung up.
  func evenIfCancelled<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await Task { try await work() }.value
  }

  /// Begins a session for an account that the app has identified by means of its own.
  ///
  /// - Parameters:
  ///   - account: whose session it will be.
  ///   - lifetime: a second or more; nil for the configured one.
  ///   - device: what the browser is known by.
  ///   - replaced: the tokens that the browser came with. Their sessions end.
  /// - Returns: nil when the account is disabled or gone.
  /// - Throws: an error of the store.
  public func beginSession(
    for account: Account, lifetime: Duration? = nil, device: DeviceTokens = DeviceTokens(),
    replacing replaced: [SessionToken] = []
  ) async throws -> StartedSession? {
    let lookup = try await store.credentials(of: account.id, devices: device.digests)
    return try await begin(
      for: account, lifetime: lifetime ?? configuration.sessionLifetime, device: device,
      known: lookup.knownBrowser, replacing: replaced
    ) { _ in }
  }

  private func begin(
    for account: Account, lifetime: Duration, device: DeviceTokens,
    known: DeviceToken.Digest?, replacing replaced: [SessionToken],
    _ adjust: (inout NewSession) -> Void
  ) async throws -> StartedSession? {
    precondition(lifetime >= .seconds(1), "a session of \(lifetime) could not be used")
    let token = SessionToken(from: random)
    // Always a new one: a device token that somebody planted in this browser must not become known
    // to the account that logs in here.
    let newDevice = DeviceToken(from: random)
    let now = clock.now
    let session = Session(
      id: SessionID(from: random), accountID: account.id, createdAt: now, lastSeenAt: now,
      expiresAt: now + lifetime, provenAt: now, client: source.client)
    var new = NewSession(
      session: session, digest: token.digest,
      device: DeviceRenewal(new: newDevice.digest, previous: known))
    new.replaced = replaced.map(\.digest)
    new.maximumCount = configuration.maximumSessionsPerAccount
    adjust(&new)
    let entry = entry(.loggedIn, account: account.id, session: session.id)
    guard let begun = try await store.beginSession(new, audit: entry) else { return nil }
    (begun.ended + [entry]).forEach(announce)
    return StartedSession(
      live: begun.live, token: token, device: device.replacing(known, with: newDevice),
      guesses: guessesToTell(begun.failuresOfStrangers))
  }

  /// Nil when they were not so many that the owner should know.
  func guessesToTell(_ failures: Int) -> Int? {
    failures >= configuration.throttling.account.limit ?? .max ? failures : nil
  }
}

/// What came out of a check of a password.
struct PasswordCheck: Sendable {
  /// The account's hash, if the password is right.
  var verified: PasswordHash?
  /// A better one.
  var upgrade: StoredPassword?
  /// The account got another hash meanwhile.
  var isOutdated = false
}

private struct LoginAttempt {
  let folded: String
  let password: Password
  let device: DeviceTokens
  let replaced: [SessionToken]
}

public enum LoginOutcome: Sendable {
  case loggedIn(StartedSession)
  /// The password was right, but the account is disabled.
  case disabled
  /// Unknown name or wrong password: nobody is told which.
  case refused
  /// Too many failures. Whether the password was right was not looked at.
  case throttled(Throttled)
}

/// A session that has just begun, with the only copy of its token there will ever be.
public struct StartedSession: Sendable {
  public let live: LiveSession
  public let token: SessionToken
  /// By which this browser is known from now on.
  public let device: DeviceTokens
  /// How often strangers have guessed at the account, when it was so often that none of them may
  /// any more. Its owner should know, and choose a new password, which opens it again.
  public let guesses: Int?

  public var account: Account { live.account }
  public var session: Session { live.session }
}
