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
    let now = clock.now
    let prepared = foreign.map { prepare($0, createdAt: now) }
    var stored = try await store.importAccounts(prepared.compactMap { try? $0.get() })
      .makeIterator()
    let lines = zip(foreign, prepared).map { source, prepared in
      let outcome: ImportReport.Outcome =
        switch prepared {
        case .failure(let refusal): refusal.outcome
        case .success(let new):
          switch stored.next() {
          case .imported(let account): .imported(account)
          case .nameTaken(let other) where other.username == new.username.text:
            .alreadyThere(other)
          case .nameTaken(let other): .nameTaken(by: other)
          case nil: preconditionFailure("the store returned fewer outcomes than accounts")
          }
        }
      return ImportReport.Line(source: source, outcome: outcome)
    }
    let count = lines.count { if case .imported = $0.outcome { true } else { false } }
    logger.info("imported", metadata: ["accounts": "\(count)", "of": "\(lines.count)"])
    return ImportReport(lines: lines)
  }

  private struct Refusal: Error {
    let outcome: ImportReport.Outcome
  }

  private func prepare(
    _ foreign: ForeignAccount, createdAt: Timestamp
  ) -> Result<NewAccount, Refusal> {
    guard let work = hasher.work(of: foreign.hash) else {
      return .failure(Refusal(outcome: .hashRefused))
    }
    do {
      let password = StoredPassword(hash: foreign.hash, isImported: true)
      return .success(
        NewAccount(
          username: try Username(foreign.username),
          password: NewPassword(stored: password, work: work),
          isEnabled: foreign.isEnabled, createdAt: createdAt))
    } catch {
      return .failure(Refusal(outcome: .nameRefused(error)))
    }
  }
}
