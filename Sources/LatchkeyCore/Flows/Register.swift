import Tracing

extension LocalAuth {
  /// Creates an account from what a person typed into the registration form.
  ///
  /// The checks come in the seed's order, so that people read the same message for the same
  /// mistake; the length of the password is looked at last. Nobody is logged in by it.
  ///
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func register(
    username typed: String, password: Password, confirmation: Password
  ) async throws -> RegisterOutcome {
    try await withSpan("latchkey.register") { _ in
      let username: Username
      do throws(UsernameProblem) {
        username = try Username(typed)
      } catch {
        return .refused(.username(error))
      }
      // From here on the answer tells whether the name is somebody's. That cannot be kept a secret,
      // since the name is all there is to an account, but it can be made slow to ask for many.
      if let network = clientNetwork {
        let charge = ThrottleCharge(.registration(network), configuration.throttling.registration)
        if case .wait(let wait) = try await self.charge([charge]) { return .throttled(wait) }
      }
      if try await store.account(folded: username.folded) != nil {
        try await note(.registrationRefused, nil, reason: "name taken")
        return .refused(.usernameTaken(username))
      }
      if password.isEmpty { return .refused(.password(.empty)) }
      guard password.isSame(as: confirmation) else { return .refused(.passwordsDiffer) }
      return try await create(username, password)
    }
  }

  /// Creates an account for an operator: the same rules, without the second typing.
  ///
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func addAccount(username typed: String, password: Password) async throws -> RegisterOutcome
  {
    let username: Username
    do {
      username = try Username(typed)
    } catch {
      return .refused(.username(error))
    }
    // A first look, so that the message comes before a password was hashed for nothing.
    if try await store.account(folded: username.folded) != nil {
      return .refused(.usernameTaken(username))
    }
    return try await create(username, password)
  }

  /// Creates an account without a password: its owner chooses one with the code.
  ///
  /// - Throws: ``RegisterRefusal`` when the name will not do, or an error of the store.
  public func addAccount(username typed: String) async throws -> (Account, RecoveryCode) {
    let username: Username
    do {
      username = try Username(typed)
    } catch {
      throw RegisterRefusal.username(error)
    }
    let (code, recovery) = newRecovery()
    let entry = entry(.registered)
    let new = NewAccount(username: username, password: nil, createdAt: entry.at)
    guard
      let account = try await store.insertAccount(new, recovery: recovery, audit: entry)
    else { throw RegisterRefusal.usernameTaken(username) }
    announce(entry)
    return (account, code)
  }

  private func create(_ username: Username, _ password: Password) async throws -> RegisterOutcome {
    if let problem = problem(with: password, username: username.text) {
      return .refused(.password(problem))
    }
    let stored = try await hasher.hash(password)
    var entry = entry(.registered)
    let new = NewAccount(
      username: username,
      password: NewPassword(stored: stored, work: hasher.preferredWork),
      createdAt: entry.at)
    // Never check-then-insert: of a thousand people who ask for one name at the same moment, the
    // store's unique index lets one through, and the others get a plain refusal.
    guard let account = try await store.insertAccount(new, recovery: nil, audit: entry) else {
      return .refused(.usernameTaken(username))
    }
    entry.account = account.id
    announce(entry)
    return .registered(account)
  }
}

public enum RegisterOutcome: Sendable {
  case registered(Account)
  case refused(RegisterRefusal)
  /// Too many from this address. Nothing was looked at.
  case throttled(Throttled)
}

/// The first thing that was wrong.
public enum RegisterRefusal: Error, Hashable, Sendable {
  case username(UsernameProblem)
  case usernameTaken(Username)
  case password(PasswordProblem)
  case passwordsDiffer
}
