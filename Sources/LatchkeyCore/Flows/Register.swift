import Logging

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
    let username: Username
    switch try await freeUsername(typed) {
    case .success(let free): username = free
    case .failure(let refusal): return .refused(refusal)
    }
    if password.isEmpty { return .refused(.password(.empty)) }
    guard password.isSame(as: confirmation) else { return .refused(.passwordsDiffer) }
    return try await create(username, password)
  }

  /// Creates an account for an operator: the same rules, without the second typing.
  ///
  /// - Throws: ``HashingLanes/Busy``, or an error of the store.
  public func addAccount(username typed: String, password: Password) async throws -> RegisterOutcome
  {
    switch try await freeUsername(typed) {
    case .success(let username): try await create(username, password)
    case .failure(let refusal): .refused(refusal)
    }
  }

  /// A first look, so that the message comes before a password was hashed for nothing. Only the
  /// insertion decides.
  private func freeUsername(_ typed: String) async throws -> Result<Username, RegisterRefusal> {
    let username: Username
    do {
      username = try Username(typed)
    } catch {
      return .failure(.username(error))
    }
    let isTaken = try await store.account(folded: username.folded) != nil
    return isTaken ? .failure(.usernameTaken(username)) : .success(username)
  }

  private func create(_ username: Username, _ password: Password) async throws -> RegisterOutcome {
    if let problem = configuration.passwordPolicy.problem(
      with: password, maximumBytes: hasher.maximumPasswordBytes)
    {
      return .refused(.password(problem))
    }
    let stored = try await hasher.hash(password)
    let new = NewAccount(
      username: username,
      password: NewPassword(stored: stored, work: hasher.preferredWork),
      createdAt: clock.now)
    // Never check-then-insert: of a thousand people who ask for one name at the same moment, the
    // store's unique index lets one through, and the others get a plain refusal.
    guard let account = try await store.insertAccount(new) else {
      return .refused(.usernameTaken(username))
    }
    logger.info("registered", metadata: ["account": "\(account.id)"])
    return .registered(account)
  }
}

public enum RegisterOutcome: Sendable {
  case registered(Account)
  case refused(RegisterRefusal)
}

/// The first thing that was wrong.
public enum RegisterRefusal: Error, Hashable, Sendable {
  case username(UsernameProblem)
  case usernameTaken(Username)
  case password(PasswordProblem)
  case passwordsDiffer
}
