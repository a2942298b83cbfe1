import LatchkeyCore
import Testing

@Suite struct ThrottleRuleTests {
  private static let charge = ThrottleCharge(
    .everyone, ThrottleRule(free: 3, firstDelay: .seconds(30), maximumDelay: .seconds(3600)))
  private static let start = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)

  /// The count after attempts at these moments, and how long the last one waits.
  private func charged(_ milliseconds: [Int]) -> (count: ThrottleCount?, wait: Duration?) {
    var count: ThrottleCount?
    for moment in milliseconds {
      switch Self.charge.answer(count, at: Self.start + .milliseconds(moment)) {
      case .go(let next): count = next
      case .wait(let until, _):
        let left = until.millisecondsSinceEpoch - Self.start.millisecondsSinceEpoch
        return (count, .milliseconds(Int(left) - moment))
      }
    }
    return (count, nil)
  }

  @Test func `of two free attempts at one moment neither waits, whichever is counted first`() {
    #expect(charged([5, 0]).wait == nil)
    #expect(charged([5, 0, 0]).wait == nil)
    #expect(charged([5, 0, 0]).count?.failures == 3)
  }

  @Test func `the last free attempt makes the next one wait, also one that came before it`() {
    #expect(charged([0, 1, 2, 3]).wait == .milliseconds(29_999))
    #expect(charged([0, 1, 5, 2]).wait == .milliseconds(30_003))
    #expect(charged([0, 1, 2, 30_002]).wait == nil)
    #expect(charged([0, 1, 2, 30_002, 30_003]).wait == .milliseconds(59_999))
  }

  @Test func `a wait that was answered goes on, also when a failure is forgiven meanwhile`() {
    let charge = ThrottleCharge(
      .everyone,
      ThrottleRule(
        free: 3, firstDelay: .seconds(30), maximumDelay: .seconds(60),
        forgivesOneEvery: .seconds(10)))
    var count: ThrottleCount?
    for _ in 0..<3 {
      if case .go(let next) = charge.answer(count, at: Self.start) { count = next }
    }
    for second in [11, 12, 29] {
      guard case .wait(_, let kept) = charge.answer(count, at: Self.start + .seconds(second)) else {
        Issue.record("not made to wait after \(second) s")
        return
      }
      count = kept
    }
    guard case .go = charge.answer(count, at: Self.start + .seconds(30)) else {
      Issue.record("made to wait after the wait")
      return
    }
  }
}
