import Foundation
import Metrics
import Synchronization
import Tracing

/// The bounded place where passwords are hashed.
///
/// Hashing is slow on purpose. On an event loop it would stop every other request (in the seed,
/// seven logins made other pages wait six seconds); unbounded, a login storm would take all
/// processors and all memory. So at most `count` hashes run at a time, on threads of their own,
/// at most `maximumWaiting` wait in order of arrival, and the next one is refused at once with
/// ``Busy``: an honest 503 (ASVS 15.2.2).
public final class HashingLanes: Sendable {
  /// All lanes are taken and the queue is full.
  public struct Busy: Error, Hashable, Sendable {
    /// Seconds after which it is worth trying again.
    public let retryAfterSeconds: Int
  }

  private struct Waiter {
    let id: UInt64
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var free: Int
    var waiting: [Waiter] = []
    var lastID: UInt64 = 0
  }

  private let state: Mutex<State>
  private let maximumWaiting: Int

  public init(count: Int, maximumWaiting: Int) {
    precondition(count > 0 && maximumWaiting >= 0)
    state = Mutex(State(free: count))
    self.maximumWaiting = maximumWaiting
  }

  /// Runs `work` on a lane, after those that came before.
  ///
  /// - Throws: ``Busy``; `CancellationError` when the task is cancelled while it waits (the work
  ///   has not begun then); what `work` throws.
  public func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    // The wait for a lane is part of the span; the timer has the hashing alone.
    try await withSpan("latchkey.hash") { _ in
      try await enter()
      defer { leave() }
      let start = DispatchTime.now().uptimeNanoseconds
      defer {
        Metrics.Timer(label: "latchkey_hash_duration")
          .recordNanoseconds(DispatchTime.now().uptimeNanoseconds - start)
      }
      return try await onThread(work)
    }
  }

  private func onThread<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      // A thread of its own, not one of Dispatch's pool: that has as many as there are processors,
      // and the store's reads wait for the same ones. To begin a thread costs a thousandth of a
      // hash.
      let lane = Thread {
        continuation.resume(with: Self.atLowPriority { Result(catching: work) })
      }
      lane.start()
    }
  }

  /// Pages go before hashes: when there are not processors enough for both, a hash gets a tenth of what a
  /// page gets. Linux keeps a nice value for each thread, whatever POSIX says (sched(7)).
  ///
  /// On a thread of its own, and not on that which goes on with the answer: whatever threads that one
  /// wakes or makes would inherit the value, and with them the pages.
  private static func atLowPriority<Value: Sendable>(
    _ work: @escaping @Sendable () -> Value
  ) -> Value {
    let result = Mutex<Value?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    let hashing = Thread {
      Thread.current.name = "latchkey hash"
      #if os(Linux)
        // PRIO_PROCESS is 0; its type differs between C libraries. The second 0 is this thread.
        setpriority(0, 0, 10)
      #endif
      let value = work()
      result.withLock { $0 = value }
      isDone.signal()
    }
    hashing.qualityOfService = .utility
    hashing.start()
    isDone.wait()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("the hash has ended") }
    return value
  }

  private func enter() async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Void, any Error>) in
        let answer: Result<Void, any Error>? = state.withLock { state in
          // Asked under the lock: a cancellation either is seen here or finds the waiter below.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.free > 0 {
            state.free -= 1
            return .success(())
          }
          if state.waiting.count >= maximumWaiting {
            return .failure(Busy(retryAfterSeconds: 5))
          }
          state.waiting.append(Waiter(id: id, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private func leave() {
    let next: Waiter? = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      // The lane passes straight on, so nobody can overtake the one who waited longest.
      return state.waiting.removeFirst()
    }
    next?.continuation.resume()
  }
}
