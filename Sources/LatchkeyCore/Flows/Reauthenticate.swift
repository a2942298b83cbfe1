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
  ///
  /// - Parameters:
  ///   - live: the session in which it is asked.
  ///   - password: as it was typed.
  ///   - device: what the browser is known by.
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func reauthenticate(
    _ live: LiveSession, password: Password, device: DeviceTokens = DeviceTokens()
  ) async throws -> ReauthenticationOutcome {
    try await withSpan("latchkey.reauthenticate") { _ in
      let outcome: ReauthenticationOutcome? = try await lookingAgain {
        switch try await prove(live, password, device, refusal: .reauthenticationRefused) {
        case .throttled(let wait): return .throttled(wait)
        case .wrong: return .refused
        case .overtaken: return nil
        case .right(let hash, let known, let settlement):
          let (renewed, renewal) = renewal(of: live.session, device, known)
          let entry = entry(.reauthenticated, account: live.account.id, session: live.session.id)
          let isRenewed = try await store.renewSession(
            renewal, verifiedHash: hash, settlement: settlement, audit: entry)
          if isRenewed { announce(entry) }
          return isRenewed ? .proven(renewed) : nil
        }
      }
      if let outcome { return outcome }
      try await note(.reauthenticationRefused, live, reason: "overtaken")
      return .refused
    }
  }

  /// Sets a new password for somebody who is logged in and gives the current one (ASVS 6.2.3).
  ///
  /// Every other session of the account ends, and browsers that the account is known to are
  /// forgotten. This session and this browser get new tokens.
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func changePassword(
    of live: LiveSession, current: Password, new: Password, confirmation: Password,
    device: DeviceTokens = DeviceTokens()
  ) async throws -> PasswordChangeOutcome {
    try await withSpan("latchkey.change-password") { _ in
      if current.isEmpty { return .refused(.currentPasswordWrong) }
      // What depends on the input alone comes before the hashing.
      if let problem = problem(with: new, username: live.account.username) {
        return .refused(.password(problem))
      }
      guard new.isSame(as: confirmation) else { return .refused(.passwordsDiffer) }
      let outcome: PasswordChangeOutcome? = try await lookingAgain {
        switch try await prove(live, current, device, refusal: .passwordChangeRefused) {
        case .throttled(let wait): return .throttled(wait)
        case .wrong: return .refused(.currentPasswordWrong)
        case .overtaken: return nil
        case .right(let hash, let known, let settlement):
          try await store.settle(settlement)
          let stored = try await hasher.hash(new)
          let (renewed, renewal) = renewal(of: live.session, device, known)
          let entry = entry(.passwordChanged, account: live.account.id, session: live.session.id)
          let changed = try await store.setPassword(
            NewPassword(stored: stored, work: hasher.preferredWork), live.account.id,
            verifiedHash: hash, renewal: renewal, audit: entry)
          if changed { announce(entry) }
          return changed ? .changed(renewed) : nil
        }
      }
      if let outcome { return outcome }
      try await note(.passwordChangeRefused, live, reason: "overtaken")
      return .refused(.currentPasswordWrong)
    }
  }

  /// Once more after nil: another change of the account came first, perhaps only a better hash of the
  /// same password by a login at the same moment.
  private func lookingAgain<Outcome>(
    _ attempt: () async throws -> Outcome?
  ) async throws -> Outcome? {
    if let outcome = try await attempt() { return outcome }
    return try await attempt()
  }

  private enum Proof {
    case throttled(Throttled)
    case wrong
    /// The account got another hash while we were hashing.
    case overtaken
    case right(PasswordHash, known: DeviceToken.Digest?, ThrottleSettlement)
  }

  /// One guess at the password of somebody who is logged in: a stolen session must not be a way to
  /// guess without limit. Counted for the session alone, so strangers cannot use up its attempts.
  private func prove(
    _ live: LiveSession, _ password: Password, _ device: DeviceTokens, refusal: AuditEvent
  ) async throws -> Proof {
    guard !password.isEmpty, password.receivedBytes.count <= Password.maximumBytes else {
      return .wrong
    }
    let lookup = try await store.credentials(of: live.account.id, devices: device.digests)
    let subject = ThrottleSubject.session(live.session.id)
    let charge = ThrottleCharge(subject, configuration.throttling.knownBrowser)
    let paid: [ThrottlePayment]
    switch try await self.charge([charge], account: live.account.id) {
    case .wait(let wait): return .throttled(wait)
    case .go(let payments): paid = payments
    }
    let check = try await checking(password, lookup, refundingOnFailure: paid)
    if check.isOutdated {
      try await store.settle(ThrottleSettlement(refunded: paid))
      return .overtaken
    }
    guard let hash = check.verified else {
      try await note(refusal, live, reason: "password")
      return .wrong
    }
    return .right(hash, known: lookup.knownBrowser, ThrottleSettlement(cleared: [subject]))
  }

  /// `overtaken`: another change of the password, or the end of the session, came first.
  private func note(_ event: AuditEvent, _ live: LiveSession, reason: String) async throws {
    try await note(event, live.account, session: live.session.id, reason: reason)
  }

  private func renewal(
    of session: Session, _ device: DeviceTokens, _ known: DeviceToken.Digest?
  ) -> (RenewedSession, SessionRenewal) {
    let (token, newDevice) = (SessionToken(from: random), DeviceToken(from: random))
    return (
      RenewedSession(token: token, device: device.replacing(known, with: newDevice)),
      SessionRenewal(
        id: session.id, digest: token.digest,
        device: DeviceRenewal(new: newDevice.digest, previous: known), provenAt: clock.now)
    )
  }
}

/// The only copies of a session's new tokens there will ever be.
public struct RenewedSession: Sendable {
  public let token: SessionToken
  /// By which this browser is known from now on.
  public let device: DeviceTokens
}

public enum ReauthenticationOutcome: Sendable {
  case proven(RenewedSession)
  case refused
  case throttled(Throttled)
}

public enum PasswordChangeOutcome: Sendable {
  case changed(RenewedSession)
  case refused(PasswordChangeRefusal)
  case throttled(Throttled)
}

/// The first thing that was wrong.
public enum PasswordChangeRefusal: Hashable, Sendable {
  case currentPasswordWrong
  case password(PasswordProblem)
  case passwordsDiffer
}
