import Tracing

extension LocalAuth {
  /// How long a proof of the password is good for sensitive steps.
  public static let proofLifetime: Duration = .seconds(600)

  /// Whether the session's holder has given the password a short while ago.
  public func isProven(_ session: Session) -> Bool {
    let now = clock.now
    // A proof from the future is none: the clock was set back.
    return session.provenAt <= now && now < session.provenAt + Self.proofLifetime
  }

  /// Asks somebody who is logged in for the password again, before a sensitive step (ASVS 7.5.2).
  ///
  /// The session gets a new token, and the old one is dead (ASVS 7.2.4). Its public ID stays.
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func reauthenticate(
    _ live: LiveSession, password: Password
  ) async throws -> ReauthenticationOutcome {
    try await withSpan("latchkey.reauthenticate") { _ in
      switch try await prove(live, password, refusal: .reauthenticationRefused) {
      case .throttled(let wait): return .throttled(wait)
      case .wrong: return .refused
      case .right(let hash, let settlement):
        let (token, renewal) = renewal(of: live.session)
        let entry = entry(.reauthenticated, account: live.account.id, session: live.session.id)
        let renewed = try await store.renewSession(
          renewal, verifiedHash: hash, settlement: settlement, audit: entry)
        guard renewed else { return .refused }
        announce(entry)
        return .proven(token)
      }
    }
  }

  /// Sets a new password for somebody who is logged in and gives the current one (ASVS 6.2.3).
  ///
  /// Every other session of the account ends. This one gets a new token. Browsers that the account
  /// is known to are forgotten, but for this one.
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func changePassword(
    of live: LiveSession, current: Password, new: Password, confirmation: Password,
    device: DeviceToken? = nil
  ) async throws -> PasswordChangeOutcome {
    try await withSpan("latchkey.change-password") { _ in
      if current.isEmpty { return .refused(.currentPasswordWrong) }
      // What depends on the input alone comes before the hashing.
      if let problem = problem(with: new, username: live.account.username) {
        return .refused(.password(problem))
      }
      guard new.isSame(as: confirmation) else { return .refused(.passwordsDiffer) }
      switch try await prove(live, current, refusal: .passwordChangeRefused) {
      case .throttled(let wait): return .throttled(wait)
      case .wrong: return .refused(.currentPasswordWrong)
      case .right(let hash, let settlement):
        try await store.settle(settlement)
        let stored = try await hasher.hash(new)
        let (token, renewal) = renewal(of: live.session)
        let entry = entry(.passwordChanged, account: live.account.id, session: live.session.id)
        let changed = try await store.setPassword(
          NewPassword(stored: stored, work: hasher.preferredWork), live.account.id,
          verifiedHash: hash, renewal: renewal, device: device?.digest, audit: entry)
        guard changed else { return .refused(.currentPasswordWrong) }
        announce(entry)
        return .changed(token)
      }
    }
  }

  private enum Proof {
    case throttled(Throttled)
    case wrong
    case right(PasswordHash, ThrottleSettlement)
  }

  /// One guess at the password of somebody who is logged in: a stolen session must not be a way to
  /// guess without limit. Counted for the session alone, so strangers cannot use up its attempts.
  private func prove(
    _ live: LiveSession, _ password: Password, refusal: AuditEvent
  ) async throws -> Proof {
    guard !password.isEmpty, password.receivedBytes.count <= Password.maximumBytes else {
      return .wrong
    }
    let lookup = try await store.credentials(of: live.account.id)
    let charges = [
      ThrottleCharge(.session(live.session.id), configuration.throttling.knownBrowser)
    ]
    if let wait = try await charge(charges, account: live.account.id) { return .throttled(wait) }
    let check = try await checking(password, lookup, refundingOnFailure: charges)
    guard check.matches, let hash = lookup.credentials?.password?.hash else {
      try await note(refusal, live.account, reason: "password")
      return .wrong
    }
    return .right(hash, ThrottleSettlement(cleared: charges.map(\.subject)))
  }

  private func renewal(of session: Session) -> (SessionToken, SessionRenewal) {
    let token = SessionToken(from: random)
    return (token, SessionRenewal(id: session.id, digest: token.digest, provenAt: clock.now))
  }
}

public enum ReauthenticationOutcome: Sendable {
  /// The session's new token.
  case proven(SessionToken)
  case refused
  case throttled(Throttled)
}

public enum PasswordChangeOutcome: Sendable {
  /// The session's new token.
  case changed(SessionToken)
  case refused(PasswordChangeRefusal)
  case throttled(Throttled)
}

/// The first thing that was wrong.
public enum PasswordChangeRefusal: Hashable, Sendable {
  case currentPasswordWrong
  case password(PasswordProblem)
  case passwordsDiffer
}
