import Logging

/// What is kept of an import of which not all can be.
public enum ImportMode: Sendable {
  /// Nothing, unless every account was imported or was there already.
  case allOrNothing
  /// All that can be imported.
  case skippingInvalid
  /// Nothing in any case: the report says what would have been.
  case dryRun
}

extension LocalAuth {
  /// Brings in the accounts of another system with their password hashes.
  ///
  /// It is one step: on an error nothing has been imported. Doing it again changes nothing. A disabled
  /// account stays disabled. Sessions are never carried over.
  ///
  /// - Parameters:
  ///   - foreign: what was found in a file of the other system.
  ///   - mode: what is kept when not all of it can be.
  ///   - progress: how many accounts have been looked at, now and then.
  /// - Throws: an error of the store. Nothing has been imported then.
  public func importAccounts(
    _ foreign: ForeignAccounts, _ mode: ImportMode = .allOrNothing,
    progress: @escaping @Sendable (_ accounts: Int) -> Void = { _ in }
  ) async throws -> ImportReport {
    // The empty fold is nobody's: this asks for the works alone.
    var works = try await store.credentials(folded: "", devices: []).worksInUse.union([
      hasher.preferredWork
    ])
    let now = clock.now
    let prepared = await prepare(foreign.accounts, createdAt: now, worksInUse: &works)
    let (accounts, unreadable) = (foreign.accounts, foreign.unreadable)
    let stored = try await store.importAccounts(
      prepared.compactMap { try? $0.get() }, audit: entry(.imported), progress: progress
    ) { outcomes in
      switch mode {
      case .allOrNothing:
        unreadable.isEmpty
          && Self.lines(accounts, prepared, outcomes).allSatisfy { !$0.outcome.isRefusal }
      case .skippingInvalid: true
      case .dryRun: false
      }
    }
    let report = ImportReport(
      lines: Self.lines(accounts, prepared, stored.outcomes), unreadable: unreadable,
      isKept: stored.isKept, worksInUse: works)
    if report.isKept {
      logger.info(
        "imported",
        metadata: ["accounts": "\(report.importedCount)", "of": "\(report.lines.count)"])
    }
    return report
  }

  private struct Refusal: Error {
    let outcome: ImportReport.Outcome
  }

  private typealias Prepared = Result<NewAccount, Refusal>

  /// Each account as it would be stored, in the source's order, or why it cannot be.
  private func prepare(
    _ accounts: [ForeignAccount], createdAt now: Timestamp, worksInUse: inout Set<PasswordWork>
  ) async -> [Prepared] {
    // On all processors: half of the time goes into reading names and hashes.
    let size = 1000
    let starts = Array(stride(from: 0, to: accounts.count, by: size))
    let read = await withTaskGroup(of: (Int, [Prepared]).self) { group in
      for start in starts {
        group.addTask {
          let part = accounts[start..<min(start + size, accounts.count)]
          return (start, part.map { prepare($0, createdAt: now) })
        }
      }
      return await group.reduce(into: [Int: [Prepared]]()) { $0[$1.0] = $1.1 }
    }
    return starts.flatMap { read[$0] ?? [] }.map { prepared in
      guard case .success(let account) = prepared, let work = account.password?.work else {
        return prepared
      }
      guard PasswordHasher.allows(work, beside: worksInUse) else {
        return .failure(Refusal(outcome: .workRefused(work)))
      }
      worksInUse.insert(work)
      return prepared
    }
  }

  private func prepare(_ foreign: ForeignAccount, createdAt now: Timestamp) -> Prepared {
    let username: Username
    do {
      username = try Username(foreign.username)
    } catch {
      guard let legacy = Username(legacy: foreign.username) else {
        return .failure(Refusal(outcome: .nameRefused(error)))
      }
      username = legacy
    }
    var password: NewPassword?
    if let text = foreign.hash {
      let hash = PasswordHash(foreign: text.text)
      guard let work = hasher.work(of: hash) else {
        return .failure(Refusal(outcome: .hashRefused))
      }
      let stored = StoredPassword(hash: hash, isImported: foreign.isHashOfReceivedBytes)
      password = NewPassword(stored: stored, work: work)
    }
    return .success(
      NewAccount(
        username: username, password: password, isEnabled: foreign.isEnabled,
        createdAt: min(foreign.createdAt ?? now, now)))
  }

  /// A line for each account of the source, in its order.
  private static func lines(
    _ foreign: [ForeignAccount], _ prepared: [Prepared], _ stored: [AccountImport]
  ) -> [ImportReport.Line] {
    var outcomes = stored.makeIterator()
    var imported: Set<AccountID> = []
    return zip(foreign, prepared).map { source, prepared in
      let outcome: ImportReport.Outcome =
        switch prepared {
        case .failure(let refusal): refusal.outcome
        case .success(let account):
          switch outcomes.next() {
          case .imported(let account):
            .imported(account)
          // Not one of this run's: two people whose names are the same to us are not one.
          case .nameTaken(let other)
          where other.username == account.username.text && !imported.contains(other.id):
            .alreadyThere(other)
          case .nameTaken(let other):
            .nameTaken(by: other)
          case nil: preconditionFailure("the store returned fewer outcomes than accounts")
          }
        }
      if case .imported(let account) = outcome { imported.insert(account.id) }
      return ImportReport.Line(source: source, outcome: outcome)
    }
  }
}
