extension LocalAuth {
  /// The account of a name, in any spelling that folds to the same.
  public func account(named typed: String) async throws -> Account? {
    let folded = Username.folded(typed: typed)
    // What can be nobody's name can still stand in the database, put there past every door.
    return try await store.account(folded: folded.isEmpty ? typed : folded)
  }

  /// In order of ID, `limit` at a time, beginning behind `id`.
  public func accounts(after id: AccountID? = nil, limit: Int = 500) async throws -> [Account] {
    try await store.accounts(after: id, limit: limit)
  }

  /// Disabling ends every session of the account at once.
  /// - Returns: false when there is no such account any more.
  @discardableResult
  public func setEnabled(_ isEnabled: Bool, for account: Account) async throws -> Bool {
    let entry = entry(isEnabled ? .enabled : .disabled, account: account.id)
    guard try await store.setEnabled(isEnabled, account.id, audit: entry) else { return false }
    announce(entry)
    return true
  }

  /// Sets a new password for an operator and ends every session of the account. Better is
  /// ``issueRecovery(for:)``: nobody but its owner needs to know a password.
  /// - Returns: the problem with the password, or nil when it was set.
  /// - Throws: ``HashingLanes/Busy``, ``AccountNotFoundError``, or an error of the store.
  public func setPassword(
    _ password: Password, for account: Account
  ) async throws -> PasswordProblem? {
    if let problem = problem(with: password, username: account.username) { return problem }
    let stored = try await hasher.hash(password)
    let entry = entry(.passwordSet, account: account.id)
    let found = try await store.setPassword(
      NewPassword(stored: stored, work: hasher.preferredWork), account.id, verifiedHash: nil,
      renewal: nil, audit: entry)
    guard found else { throw AccountNotFoundError() }
    announce(entry)
    return nil
  }

  /// Deletes the account and all that hangs on it. Its ID is never used again.
  /// - Returns: false when there was no such account any more.
  @discardableResult
  public func delete(_ account: Account) async throws -> Bool {
    let entry = entry(.deleted, account: account.id)
    guard try await store.deleteAccount(account.id, audit: entry) else { return false }
    announce(entry)
    return true
  }

  /// What is wrong with a new password of that account's, or nil.
  func problem(with password: Password, username: String) -> PasswordProblem? {
    configuration.passwordPolicy.problem(
      with: password, username: username, maximumBytes: hasher.maximumPasswordBytes)
  }
}

/// The account went away between two steps.
public struct AccountNotFoundError: Error, Hashable, Sendable, CustomStringConvertible {
  public init() {}

  public var description: String { "There is no such account any more." }
}
