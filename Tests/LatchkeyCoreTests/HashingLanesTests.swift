import Clauses
import Foundation
import LatchkeyCore
import Synchronization
import Testing

@Suite struct HashingLanesTests {
  @Test(.clause("ASVS 15.2.2")) func `no more than the lanes' number runs at a time`() async throws
  {
    let lanes = HashingLanes(count: 3, maximumWaiting: 100)
    let gauge = Gauge()
    // The first three wait for each other: however slow the machine is, they are inside at once.
    let third = DispatchSemaphore(value: 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<60 {
        group.addTask {
          try await lanes.run {
            switch gauge.enter() {
            case 1, 2: third.wait()
            case 3: for _ in 1...2 { third.signal() }
            default: Thread.sleep(forTimeInterval: 0.002)
            }
            gauge.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(gauge.peak == 3)
    #expect(gauge.now == 0)
  }

  /// How many are inside, and how many were at most.
  private final class Gauge: Sendable {
    private let counts = Mutex((now: 0, peak: 0, all: 0))

    var now: Int { counts.withLock { $0.now } }
    var peak: Int { counts.withLock { $0.peak } }

    /// - Returns: how many have ever been inside.
    func enter() -> Int {
      counts.withLock { counts in
        counts = (counts.now + 1, max(counts.peak, counts.now + 1), counts.all + 1)
        return counts.all
      }
    }

    func leave() {
      counts.withLock { $0.now -= 1 }
    }
  }

  @Test func `the one after the last waiting place is refused at once, and the others still run`()
    async throws
  {
    let lanes = HashingLanes(count: 1, maximumWaiting: 2)
    let gate = DispatchSemaphore(value: 0)
    let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do {
            try await lanes.run { gate.wait() }
            return true
          } catch is HashingLanes.Busy {
            return false
          }
        }
      }
      var outcomes: [Bool] = []
      // Seven are refused while the first still holds the lane; only then is it let go.
      for _ in 0..<7 {
        if let outcome = try await group.next() { outcomes.append(outcome) }
      }
      for _ in 0..<3 { gate.signal() }
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    #expect(outcomes == Array(repeating: false, count: 7) + [true, true, true])
  }

  @Test(.clause("ASVS 15.4.3"))
  func `whoever stops waiting is not hashed for, and the lane goes on`() async throws {
    let lanes = HashingLanes(count: 1, maximumWaiting: 10)
    let gate = DispatchSemaphore(value: 0)
    let started = DispatchSemaphore(value: 0)
    let first = Task {
      try await lanes.run {
        started.signal()
        gate.wait()
      }
    }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        started.wait()
        continuation.resume()
      }
    }
    let ran = Gauge()
    let waiting = Task { try await lanes.run { ran.enter() } }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    gate.signal()
    try await first.value
    try await lanes.run {}
    #expect(ran.peak == 0)
  }
}
