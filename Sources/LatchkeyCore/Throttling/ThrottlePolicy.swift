/// The limits on guessing. Numbers with their reasons; each can be set.
public struct ThrottlePolicy: Sendable {
  /// Off only for tests and benchmarks: a site refuses it unless its origin is this machine.
  public var isOn = true
  /// Strangers at one account. Ten mistypings are free; a guesser then gets some 24 guesses a day,
  /// and after 100 in a row none: only known browsers and recovery still work (SP 800-63B, 3.2.2).
  public var account = ThrottleRule(
    free: 10, firstDelay: .seconds(30), maximumDelay: .seconds(3600), limit: 100)
  /// The owner's own browser, or a thief's who has its cookie.
  public var knownBrowser = ThrottleRule(
    free: 10, firstDelay: .seconds(30), maximumDelay: .seconds(3600), limit: 100)
  /// One client at any names. An office behind one address has many mistypings in an hour.
  public var address = ThrottleRule(
    free: 20, firstDelay: .seconds(30), maximumDelay: .seconds(900),
    forgivesOneEvery: .seconds(180))
  /// All strangers together: slows a botnet that tries one password at each of many names. The wait
  /// stays short, because honest strangers share it.
  public var everyone = ThrottleRule(
    free: 100, firstDelay: .seconds(1), maximumDelay: .seconds(5),
    forgivesOneEvery: .milliseconds(600))
  /// Accounts made, and names probed, by one client.
  public var registration = ThrottleRule(
    free: 20, firstDelay: .seconds(30), maximumDelay: .seconds(900),
    forgivesOneEvery: .seconds(180))

  public init() {}

  public static let off: ThrottlePolicy = {
    var policy = ThrottlePolicy()
    policy.isOn = false
    return policy
  }()
}

/// Too many attempts: this one was not made.
public struct Throttled: Hashable, Sendable {
  /// When it is worth trying again.
  public let until: Timestamp
  /// Seconds until then, rounded up, at least 1: the value of `Retry-After`.
  public let retryAfterSeconds: Int

  init(until: Timestamp, now: Timestamp) {
    self.until = until
    retryAfterSeconds = Int(max(1, (until.milliseconds(since: now) - 1) / 1000 + 1))
  }
}
