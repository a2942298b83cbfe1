extension LocalAuth {
  /// Deletes what has reached its end, in batches so small that nobody waits for one.
  /// - Returns: how many rows were deleted; of each batch those of its largest kind.
  @discardableResult
  public func purge() async throws -> Int {
    let now = clock.now
    let purge = Purge(
      now: now, browsersSince: now - KnownBrowser.lifetime,
      throttlesSince: now - .seconds(24 * 3600), unknownNamesSince: now - .seconds(30 * 24 * 3600),
      unknownNamesBelow: configuration.throttling.account.free,
      auditSince: configuration.auditRetention.map { now - $0 })
    var batch = PurgeBatch()
    var total = 0
    while true {
      let size = batch.size
      let count = try await batch.timed {
        try await store.purge(purge, limit: size, audit: entry(.auditTrimmed))
      }
      total += count
      if count < size { break }
      try await batch.pause()
    }
    if let limit = idleLimit(at: now) { total += try await endIdleSessions(seenBefore: limit) }
    return total
  }

  private func endIdleSessions(seenBefore limit: Timestamp) async throws -> Int {
    // To look for them may take seconds: for as many as that is worth.
    let enough = 10_000
    var batch = PurgeBatch()
    var total = 0
    while true {
      var idle = try await store.idleSessions(seenBefore: limit, limit: enough)[...]
      let count = idle.count
      while !idle.isEmpty {
        let next = Array(idle.prefix(batch.size))
        idle = idle.dropFirst(next.count)
        try await batch.timed { try await store.endIdleSessions(next, seenBefore: limit) }
        try await batch.pause()
      }
      total += count
      if count < enough { return total }
    }
  }
}

/// How many rows are deleted at once: as many as a database does in about ten milliseconds, whatever
/// its size and its disk. But not fewer than 64: what takes longer then is a disk or a network that is slow
/// for one row as well, and expired rows must go faster than they come.
struct PurgeBatch {
  private(set) var size = 128
  private var last: Duration = .zero

  private static let wanted: Duration = .milliseconds(10)
  private static let sizes = 64...1024

  /// Deletes a batch of ``size`` rows, with the wait for whoever is writing.
  mutating func timed<Value>(_ delete: () async throws -> Value) async rethrows -> Value {
    let start = ContinuousClock.now
    let value = try await delete()
    adapt(to: .now - start)
    return value
  }

  mutating func adapt(to duration: Duration) {
    last = duration
    let next = last > Self.wanted ? size / 2 : last < Self.wanted / 2 ? size * 2 : size
    size = min(max(next, Self.sizes.lowerBound), Self.sizes.upperBound)
  }

  /// Between two batches others get the write lock.
  func pause() async throws {
    try await Task.sleep(for: max(.milliseconds(20), last))
  }
}
