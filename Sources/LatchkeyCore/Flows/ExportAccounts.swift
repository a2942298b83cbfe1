extension LocalAuth {
  /// All that is kept of every account, in order of ID, some hundreds at a time. Who registers or changes something
  /// meanwhile is in it as it was or as it is.
  ///
  /// That it was done is in the trail before the first account is read.
  ///
  /// - Parameter receive: gets the next accounts.
  /// - Returns: how many there were.
  /// - Throws: an error of the store, and what `receive` throws.
  public func exportAccounts(
    _ receive: ([AccountExport]) async throws -> Void
  ) async throws -> Int {
    try await record(.exported)
    var count = 0
    var last: AccountID?
    while true {
      let next = try await store.exportAccounts(after: last, limit: 500)
      guard let end = next.last else { return count }
      try await receive(next)
      count += next.count
      last = end.account.id
    }
  }

  /// All that is kept of one account, and the records of the trail about it, oldest first.
  /// - Returns: nil when there is no such account any more.
  /// - Throws: an error of the store.
  public func export(
    _ account: Account
  ) async throws -> (export: AccountExport, records: [AuditRecord])? {
    let before = AccountID(rawValue: account.id.rawValue - 1)
    guard let found = try await store.exportAccounts(after: before, limit: 1).first,
      found.account.id == account.id
    else { return nil }
    let records = try await store.lastAuditRecords(.max, of: account.id)
    try await record(.exported, account: account.id)
    return (found, records)
  }
}
