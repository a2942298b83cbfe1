import Logging
import Metrics

extension LocalAuth {
  /// Adds an event of the app's own to the audit trail.
  ///
  /// ```swift
  /// try await auth.record("shop.order-cancelled", account: account.id, details: ["order": "17"])
  /// ```
  ///
  /// - Parameters:
  ///   - event: its name, with the app's own prefix.
  ///   - succeeded: whether what was tried was done.
  ///   - account: whom it is about.
  ///   - session: in which it happened.
  ///   - details: no secrets.
  /// - Throws: an error of the store.
  public func record(
    _ event: AuditEvent, succeeded: Bool = true, account: AccountID? = nil,
    session: SessionID? = nil, details: [String: String] = [:]
  ) async throws {
    let entry = entry(
      event, succeeded: succeeded, account: account, session: session, details: details)
    try await store.appendAudit(entry)
    announce(entry)
  }

  /// The records behind a number, oldest first.
  public func auditRecords(after number: Int64 = 0, limit: Int = 500) async throws -> [AuditRecord]
  {
    try await store.auditRecords(after: number, limit: limit)
  }

  /// The last `count` records, oldest first.
  ///
  /// - Parameters:
  ///   - count: of records, at most.
  ///   - account: only those about this one, which may be gone; nil for all.
  public func lastAuditRecords(
    _ count: Int, of account: AccountID? = nil
  ) async throws -> [AuditRecord] {
    try await store.lastAuditRecords(count, of: account)
  }

  /// Every security event as it comes, from this process and all others on the same store.
  ///
  /// ```swift
  /// for try await record in auth.auditEvents() where record.entry.event == .loginRefused {
  ///   alarm(record)
  /// }
  /// ```
  ///
  /// An app that keeps the number of the last record it has dealt with misses none, also when it
  /// was not running.
  ///
  /// - Parameter number: begin behind this one; nil: with what happens from now on.
  public func auditEvents(after number: Int64? = nil) -> AsyncThrowingStream<AuditRecord, any Error>
  {
    let store = store
    return AsyncThrowingStream { continuation in
      let reading = Task {
        do {
          var last = number ?? 0
          if number == nil { last = try await store.auditBounds().lastNumber }
          for try await _ in store.changes(.audit) {
            while true {
              let records = try await store.auditRecords(after: last, limit: 200)
              guard let newest = records.last else { break }
              for record in records { continuation.yield(record) }
              last = newest.number
            }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in reading.cancel() }
    }
  }

  /// An entry of this moment and this source.
  func entry(
    _ event: AuditEvent, succeeded: Bool = true, account: AccountID? = nil,
    session: SessionID? = nil, details: [String: String] = [:]
  ) -> AuditEntry {
    AuditEntry(
      at: clock.now, event: event, succeeded: succeeded, account: account, session: session,
      source: source, details: details)
  }

  /// Tells the log and the metrics of an event that the store has.
  func announce(_ entry: AuditEntry) {
    var metadata: Logger.Metadata = entry.details.mapValues { .string($0) }
    if let account = entry.account { metadata["account"] = "\(account)" }
    if let session = entry.session { metadata["session"] = "\(session)" }
    logger.info("\(entry.event)", metadata: metadata)
    // The event's name is one of a fixed list, unless the app adds its own: few time series.
    Counter(
      label: "latchkey_events",
      dimensions: [
        ("event", entry.event.rawValue), ("outcome", entry.succeeded ? "success" : "failure"),
      ]
    ).increment()
  }
}

extension AuditEvent: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) {
    self.init(rawValue: value)
  }
}
