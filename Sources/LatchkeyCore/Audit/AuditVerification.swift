/// What a look through the whole trail found.
public enum AuditVerification: Hashable, Sendable {
  /// Every record follows from the one before.
  /// - `head`: the last one, to be noted elsewhere.
  case intact(records: Int, head: AuditChain.Link)
  case broken(AuditProblem)
}

public enum AuditProblem: Hashable, Sendable {
  /// The record does not follow from the one before: it, or that one, was changed.
  case changed(number: Int64)
  case missing(number: Int64)
  /// Records were written up to this number, and the last ones are gone.
  case endMissing(expected: Int64)
  /// The trail has another record where the noted one was: it was written anew.
  case otherThanKnown(AuditChain.Link)
  /// The noted record is older than what retention has kept, so it says nothing.
  case knownTooOld(AuditChain.Link)
}

extension LocalAuth {
  /// Reads the whole trail and checks its chain.
  ///
  /// - Parameters:
  ///   - known: a link that was noted earlier, elsewhere.
  ///   - progress: called after each thousand records with how many were read.
  /// - Throws: an error of the store.
  public func verifyAudit(
    against known: AuditChain.Link? = nil,
    progress: @Sendable (_ records: Int) -> Void = { _ in }
  ) async throws -> AuditVerification {
    let bounds = try await store.auditBounds()
    var head = bounds.anchor
    var count = 0
    var knownSeen = known == nil || known == head
    while true {
      let records = try await store.auditRecords(after: head.number, limit: 1000)
      if records.first?.number != head.number + 1 {
        // Retention may have removed what comes next since the last look.
        let anchor = try await store.auditBounds().anchor
        if anchor.number > head.number {
          head = anchor
          if head == known { knownSeen = true }
          continue
        }
      }
      if records.isEmpty { break }
      for record in records {
        guard record.number == head.number + 1 else {
          return .broken(.missing(number: head.number + 1))
        }
        let expected = AuditChain.append(record.entry, to: head)
        guard expected.hash == record.hash else { return .broken(.changed(number: record.number)) }
        head = AuditChain.Link(number: record.number, hash: record.hash)
        if head == known { knownSeen = true }
        count += 1
      }
      progress(count)
    }
    guard head.number >= bounds.lastNumber else {
      return .broken(.endMissing(expected: bounds.lastNumber))
    }
    if let known, !knownSeen {
      let isTooOld = try await known.number < store.auditBounds().anchor.number
      return .broken(isTooOld ? .knownTooOld(known) : .otherThanKnown(known))
    }
    return .intact(records: count, head: head)
  }
}
