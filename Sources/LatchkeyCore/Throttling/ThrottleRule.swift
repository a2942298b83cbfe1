/// How failures turn into waiting.
///
/// The first `free` failures cost nothing. Each further one doubles the wait, from `firstDelay` to
/// at most `maximumDelay`. The wait is never for ever: that would let anybody lock anybody out.
public struct ThrottleRule: Hashable, Sendable {
  public var free: Int
  public var firstDelay: Duration
  public var maximumDelay: Duration
  /// One failure is forgiven each time that this has passed; nil: only a success clears them.
  public var forgivesOneEvery: Duration?
  /// From this many failures in a row on, every attempt waits `maximumDelay` anew (SP 800-63B,
  /// 3.2.2: no more than 100). Nil: no such end.
  public var limit: Int?

  public init(
    free: Int, firstDelay: Duration, maximumDelay: Duration, forgivesOneEvery: Duration? = nil,
    limit: Int? = nil
  ) {
    self.free = free
    self.firstDelay = firstDelay
    self.maximumDelay = maximumDelay
    self.forgivesOneEvery = forgivesOneEvery
    self.limit = limit
  }

  /// The wait after the `count`th failure.
  func delay(after count: Int) -> Duration {
    guard count >= free else { return .zero }
    // 2^20 times anything sensible is beyond the maximum.
    let doubled = firstDelay * (1 << min(count - free, 20))
    return min(doubled, maximumDelay)
  }
}

/// The failures of one subject so far.
public struct ThrottleCount: Hashable, Sendable {
  public var failures: Int
  /// The moment up to which failures have been forgiven.
  public var countedAt: Timestamp
  /// Attempts before this moment are refused.
  public var blockedUntil: Timestamp
  /// Whether the audit trail has this block already: it gets one row, not one for each attempt.
  public var isAnnounced: Bool

  public init(
    failures: Int, countedAt: Timestamp, blockedUntil: Timestamp, isAnnounced: Bool = false
  ) {
    self.failures = failures
    self.countedAt = countedAt
    self.blockedUntil = blockedUntil
    self.isAnnounced = isAnnounced
  }
}

/// One subject with its rule: what an attempt is charged to.
public struct ThrottleCharge: Hashable, Sendable {
  public let subject: ThrottleSubject
  public let rule: ThrottleRule

  public init(_ subject: ThrottleSubject, _ rule: ThrottleRule) {
    self.subject = subject
    self.rule = rule
  }

  public enum Answer: Hashable, Sendable {
    /// The attempt must not be made.
    case wait(until: Timestamp, count: ThrottleCount)
    /// It may, and this is the count to store: the attempt is taken for a failure until it is
    /// refunded, so that a hundred guesses at the same moment do not all slip through.
    case go(ThrottleCount)
  }

  /// What a store does with one count, inside its transaction.
  ///
  /// - Parameters:
  ///   - stored: nil when nothing is counted yet.
  ///   - now: the moment of the attempt.
  public func answer(_ stored: ThrottleCount?, at now: Timestamp) -> Answer {
    var count = forgive(stored, at: now)
    if let limit = rule.limit, count.failures >= limit {
      return .wait(until: now + rule.maximumDelay, count: count)
    }
    // Free attempts wait for nothing: of two at one moment the one that asked for the time later may be counted
    // first. A clock that was set back must not turn an hour's wait into one of a year.
    if let stored, stored.failures >= rule.free, count.blockedUntil > now,
      count.blockedUntil <= now + rule.maximumDelay
    {
      // As it was: with a failure forgiven, the next attempt would be below `free`, and wait no more.
      return .wait(until: count.blockedUntil, count: stored)
    }
    count.failures += 1
    count.blockedUntil = now + rule.delay(after: count.failures)
    count.isAnnounced = false
    return .go(count)
  }

  private func forgive(_ stored: ThrottleCount?, at now: Timestamp) -> ThrottleCount {
    guard var count = stored else {
      return ThrottleCount(failures: 0, countedAt: now, blockedUntil: now)
    }
    // More than anybody counts is a damaged row. It must not stop the server.
    count.failures = min(count.failures, 1_000_000)
    guard let period = rule.forgivesOneEvery?.wholeMilliseconds, period > 0 else { return count }
    // Counted in the future: the clock was ahead. Forgiving must not wait until it is there again.
    count.countedAt = min(count.countedAt, now)
    let passed = now.milliseconds(since: count.countedAt)
    let forgiven = max(0, passed / period)
    if forgiven >= Int64(count.failures) {
      count.failures = 0
      count.countedAt = now
    } else {
      count.failures -= Int(forgiven)
      // The rest of the time counts for the next one.
      count.countedAt = count.countedAt + .milliseconds(forgiven * period)
    }
    return count
  }
}

/// One attempt, counted against one subject.
public struct ThrottlePayment: Hashable, Sendable {
  public let subject: ThrottleSubject
  /// The wait that it has brought about for the next attempt.
  public let blockedUntil: Timestamp

  public init(subject: ThrottleSubject, blockedUntil: Timestamp) {
    self.subject = subject
    self.blockedUntil = blockedUntil
  }

  /// What a store does with the count when the attempt was none, or succeeded.
  public func refund(to stored: ThrottleCount) -> ThrottleCount {
    var count = stored
    count.failures -= 1
    // The wait of a later attempt stays.
    if count.blockedUntil == blockedUntil { count.blockedUntil = count.countedAt }
    return count
  }
}

/// A store's answer to an attempt's charges.
public enum ThrottleAdmission: Hashable, Sendable {
  case wait(until: Timestamp)
  case go([ThrottlePayment])
}

/// What becomes of an attempt's payments when it was none of a guesser's.
public struct ThrottleSettlement: Hashable, Sendable {
  /// Counts that end: those of the pair that succeeded, and no others. One success must not clear
  /// the failures of a whole address.
  public var cleared: [ThrottleSubject]
  /// Counts that get back this one attempt.
  public var refunded: [ThrottlePayment]

  public init(cleared: [ThrottleSubject] = [], refunded: [ThrottlePayment] = []) {
    self.cleared = cleared
    self.refunded = refunded
  }

  /// After a success.
  init(clearing subject: ThrottleSubject, paid: [ThrottlePayment]) {
    self.init(cleared: [subject], refunded: paid.filter { $0.subject != subject })
  }
}

/// A count with its subject, for lists.
public struct ThrottleRecord: Hashable, Sendable {
  public let kind: ThrottleSubject.Kind
  public let key: String
  public let count: ThrottleCount

  public init(kind: ThrottleSubject.Kind, key: String, count: ThrottleCount) {
    self.kind = kind
    self.key = key
    self.count = count
  }
}
