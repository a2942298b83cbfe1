import Tracing

extension LocalAuth {
  /// Lets the owner of an account choose a new password: takes the old one away, ends all sessions,
  /// and makes a code that is good once, for fifteen minutes. An earlier code is good no more.
  ///
  /// - Returns: the only copy of the code there will ever be, to be handed to the owner.
  /// - Throws: ``AccountNotFoundError``, or an error of the store.
  public func issueRecovery(for account: Account) async throws -> RecoveryCode {
    let (code, new) = newRecovery()
    let entry = entry(.recoveryIssued, account: account.id)
    guard try await store.issueRecovery(new, account.id, audit: entry) else {
      throw AccountNotFoundError()
    }
    announce(entry)
    return code
  }

  func newRecovery() -> (RecoveryCode, NewRecovery) {
    let code = RecoveryCode(from: random)
    let now = clock.now
    return (
      code,
      NewRecovery(
        digest: code.digest, createdAt: now, expiresAt: now + RecoveryCode.lifetime)
    )
  }

  /// Sets a new password for somebody who has a recovery code.
  ///
  /// Nobody is logged in by it: whoever has chosen the password logs in with it, in a browser that
  /// is known to the account from now on, so that the guesses of strangers do not stop that login.
  ///
  /// - Parameters:
  ///   - typed: the username as it was typed.
  ///   - code: as it was typed.
  ///   - password: the new one.
  ///   - confirmation: the new one again.
  ///   - device: what the browser is known by.
  /// - Throws: ``HashingLanes/Busy``, or an error of the store. The code is still good then.
  public func recover(
    username typed: String, code: String, password: Password, confirmation: Password,
    device: DeviceTokens = DeviceTokens()
  ) async throws -> RecoveryOutcome {
    try await withSpan("latchkey.recover") { _ in
      // First the code: it has 160 bits and cannot be guessed, so whoever has a right one never has
      // to wait for what strangers do. Only wrong ones are counted.
      guard let digest = RecoveryCode(typed: code)?.digest,
        let account = try await store.recoveryAccount(digest, now: clock.now),
        try await store.account(folded: Username.folded(typed: typed))?.id == account.id
      else {
        var charges = [ThrottleCharge(.everyone, configuration.throttling.everyone)]
        if let network = clientNetwork {
          charges.append(ThrottleCharge(.address(network), configuration.throttling.address))
        }
        if case .wait(let wait) = try await charge(charges) { return .throttled(wait) }
        try await note(.recoveryRefused, nil, reason: "code")
        return .refused(.code)
      }
      if let problem = problem(with: password, username: account.username) {
        return .refused(.password(problem))
      }
      guard password.isSame(as: confirmation) else { return .refused(.passwordsDiffer) }
      let stored = try await hasher.hash(password)
      let newDevice = DeviceToken(from: random)
      let known = try await store.credentials(of: account.id, devices: device.digests).knownBrowser
      let entry = entry(.recovered, account: account.id)
      let recovered = try await store.recover(
        digest, account.id, password: NewPassword(stored: stored, work: hasher.preferredWork),
        device: DeviceRenewal(new: newDevice.digest, previous: known), now: clock.now,
        audit: entry)
      guard let recovered else {
        // Two had the code, or its time ran out.
        try await note(.recoveryRefused, account, reason: "overtaken")
        return .refused(.code)
      }
      announce(entry)
      return .recovered(
        RecoveredAccount(
          account: recovered.account, device: device.replacing(known, with: newDevice),
          guesses: guessesToTell(recovered.failuresOfStrangers)))
    }
  }
}

public enum RecoveryOutcome: Sendable {
  case recovered(RecoveredAccount)
  case refused(RecoveryRefusal)
  case throttled(Throttled)
}

/// An account whose owner has chosen a password with a recovery code.
public struct RecoveredAccount: Sendable {
  public let account: Account
  /// By which this browser is known from now on.
  public let device: DeviceTokens
  /// How often strangers have guessed at the password before, when it was so often that none of
  /// them might any more.
  public let guesses: Int?
}

/// The first thing that was wrong.
public enum RecoveryRefusal: Hashable, Sendable {
  /// Unknown, used, too old, or another account's: nobody is told which.
  case code
  case password(PasswordProblem)
  case passwordsDiffer
}
