import Logging

extension LocalAuth {
  /// The account of a name, in any spelling that folds to the same.
  public func account(named typed: String) async throws -> Account? {
    // A name that the rule refuses can still stand in the database, put there past every door.
    let folded = (try? Username(typed))?.folded ?? typed
    return try await store.account(folded: folded)
  }

  /// In order of ID, `limit` at a time, beginning behind `id`.
  public func accounts(after id: AccountID? = nil, limit: Int = 500) async throws -> [Account] {
    try await store.accounts(after: id, limit: limit)
  }

  /// Disabling ends every session of the account at once.
  /// - Returns: false when there is no such account any more.
  @discardableResult
  public func setEnabled(_ isEnabled: Bool, for account: Account) async throws -> Bool {
    let found = try await store.setEnabled(isEnabled, account.id)
    logger.info(isEnabled ? "enabled" : "disabled", metadata: ["account": "\(account.id)"])
    return found
  }

  /// Sets a new password and ends every session of the account.
  /// - Returns: the problem with the password, or nil when it was set.
  /// - Throws: ``HashingLanes/Busy``, ``AccountNotFoundError``, or an error of the store.
  public func setPassword(
    _ password: Password, for account: Account
  ) async throws -> PasswordProblem? {
    if let problem = configuration.passwordPolicy.problem(
      with: password, maximumBytes: hasher.maximumPasswordBytes)
    {
      return problem
    }
    let stored = try await hasher.hash(password)
    let new = NewPassword(stored: stored, work: hasher.preferredWork)
    guard try await store.setPassword(new, account.id) else { throw AccountNotFoundError() }
    logger.info("password set", metadata: ["account": "\(account.id)"])
    return nil
  }

  /// Deletes the account and all that hangs on it. Its ID is never used again.
  /// - Returns: false when there was no such account any more.
  @discardableResult
  public func delete(_ account: Account) async throws -> Bool {
    let found = try await store.deleteAccount(account.id)
    logger.info("deleted", metadata: ["account": "\(account.id)"])
    return found
  }
}

/// The account went away between two steps.
public struct AccountNotFoundError: Error, Hashable, Sendable, CustomStringConvertible {
  public init() {}

  public var description: String { "There is no such account any more." }
}
