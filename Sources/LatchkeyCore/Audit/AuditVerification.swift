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
  /// The trail begins behind this record, and nothing in it says that retention removed what was
  /// before.
  case beginningMissing(before: Int64)
  /// A record stands in front of the first one.
  case inFront(number: Int64)
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
    progress: @Sendable (_ records: Int) async -> Void = { _ in }
  ) async throws -> AuditVerification {
    var bounds = try await store.auditBounds()
    var head = bounds.anchor
    var count = 0
    var trimmed = AuditChain.Link.start
    var knownSeen = known == nil || known == head
    while true {
      let records = try await store.auditRecords(after: head.number, limit: 1000)
      if records.first?.number != head.nextNumber {
        // The trail goes on meanwhile: it may have grown, or retention may have removed what came
        // next.
        let before = bounds
        bounds = try await store.auditBounds()
        if bounds.anchor.number > head.number {
          head = bounds.anchor
          if head == known { knownSeen = true }
          continue
        }
        if bounds != before { continue }
      }
      if records.isEmpty { break }
      for record in records {
        guard record.number == head.nextNumber else {
          return .broken(.missing(number: head.nextNumber))
        }
        let expected = AuditChain.append(record.entry, to: head)
        guard expected.hash == record.hash else { return .broken(.changed(number: record.number)) }
        head = AuditChain.Link(number: record.number, hash: record.hash)
        if head == known { knownSeen = true }
        if record.entry.event == .auditTrimmed, let last = record.entry.details["last"] {
          trimmed = AuditChain.Link(last) ?? trimmed
        }
        count += 1
      }
      await progress(count)
    }
    guard head.number >= bounds.lastNumber else {
      return .broken(.endMissing(expected: bounds.lastNumber))
    }
    if let known, !knownSeen {
      let isTooOld = known.number < bounds.anchor.number
      return .broken(isTooOld ? .knownTooOld(known) : .otherThanKnown(known))
    }
    guard bounds.anchor == trimmed else {
      return .broken(.beginningMissing(before: bounds.anchor.number))
    }
    let first = try await store.auditRecords(after: .min, limit: 1).first?.number
    if let first, first <= bounds.anchor.number { return .broken(.inFront(number: first)) }
    return .intact(records: count, head: head)
  }
}
