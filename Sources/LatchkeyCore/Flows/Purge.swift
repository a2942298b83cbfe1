extension LocalAuth {
  /// Deletes what has reached its end, in batches so small that nobody waits for one.
  /// - Returns: how many rows were deleted.
  @discardableResult
  public func purge() async throws -> Int {
    let now = clock.now
    let purge = Purge(
      now: now, seenSince: idleLimit(at: now), browsersSince: now - KnownBrowser.lifetime,
      throttlesSince: now - .seconds(24 * 3600), unknownNamesSince: now - .seconds(30 * 24 * 3600),
      unknownNamesBelow: configuration.throttling.account.free,
      auditSince: configuration.auditRetention.map { now - $0 })
    var batch = PurgeBatch()
    var total = 0
    while true {
      let start = ContinuousClock.now
      let count = try await store.purge(purge, limit: batch.size, audit: entry(.auditTrimmed))
      let duration = ContinuousClock.now - start
      total += count
      if count < batch.size { return total }
      batch.tookAll(duration)
      // Between two batches others get the write lock.
      try await Task.sleep(for: max(.milliseconds(20), duration))
    }
  }
}

/// How many rows are deleted at once: as many as a database does in about ten milliseconds, whatever
/// its size and its disk.
struct PurgeBatch {
  private(set) var size = 32

  private static let wanted: Duration = .milliseconds(10)
  private static let sizes = 16...1024

  /// A batch of ``size`` rows took this long, with the wait for whoever was writing.
  mutating func tookAll(_ duration: Duration) {
    let next = duration > Self.wanted ? size / 2 : duration < Self.wanted / 2 ? size * 2 : size
    size = min(max(next, Self.sizes.lowerBound), Self.sizes.upperBound)
  }
}
