import Logging

extension LocalAuth {
  /// Brings in the accounts of another system with their password hashes.
  ///
  /// All that can be imported are, in one step; of the others each has its reason in the report.
  /// Doing it again changes nothing. A disabled account stays disabled. Sessions are never
  /// carried over.
  ///
  /// - Throws: an error of the store. Nothing has been imported then.
  public func importAccounts(_ foreign: [ForeignAccount]) async throws -> ImportReport {
    // The empty fold is nobody's: this asks for the works alone.
    var works = try await store.credentials(folded: "", devices: []).worksInUse.union([
      hasher.preferredWork
    ])
    let now = clock.now
    let prepared = foreign.map { prepare($0, createdAt: now, worksInUse: &works) }
    let stored = try await store.importAccounts(
      prepared.compactMap { try? $0.get() }, audit: entry(.imported))
    var outcomes = stored.makeIterator()
    var imported: Set<AccountID> = []
    let lines = zip(foreign, prepared).map { source, prepared in
      let outcome: ImportReport.Outcome =
        switch prepared {
        case .failure(let refusal): refusal.outcome
        case .success:
          switch outcomes.next() {
          case .imported(let account):
            .imported(account)
          // Not one of this run's: two people whose names are the same to us are not one.
          case .nameTaken(let other)
          where other.username == source.username && !imported.contains(other.id):
            .alreadyThere(other)
          case .nameTaken(let other):
            .nameTaken(by: other)
          case nil: preconditionFailure("the store returned fewer outcomes than accounts")
          }
        }
      if case .imported(let account) = outcome { imported.insert(account.id) }
      return ImportReport.Line(source: source, outcome: outcome)
    }
    logger.info("imported", metadata: ["accounts": "\(imported.count)", "of": "\(lines.count)"])
    return ImportReport(lines: lines, worksInUse: works)
  }

  private struct Refusal: Error {
    let outcome: ImportReport.Outcome
  }

  private func prepare(
    _ foreign: ForeignAccount, createdAt: Timestamp, worksInUse: inout Set<PasswordWork>
  ) -> Result<NewAccount, Refusal> {
    let hash = PasswordHash(foreign: foreign.hash.text)
    guard let work = hasher.work(of: hash) else {
      return .failure(Refusal(outcome: .hashRefused))
    }
    let username: Username
    do {
      username = try Username(foreign.username)
    } catch {
      return .failure(Refusal(outcome: .nameRefused(error)))
    }
    // Every login spends each work in use, so their number is bounded: a source with a hash of
    // every cost must not make logins slow for everybody.
    guard worksInUse.contains(work) || worksInUse.count < PasswordHasher.maximumWorksInUse else {
      return .failure(Refusal(outcome: .workRefused(work)))
    }
    worksInUse.insert(work)
    let password = StoredPassword(hash: hash, isImported: true)
    return .success(
      NewAccount(
        username: username, password: NewPassword(stored: password, work: work),
        isEnabled: foreign.isEnabled, createdAt: createdAt))
  }
}
