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

  private struct Job: Sendable {
    let id: UInt64
    /// Hashes, and returns what gives the result to the task that waits for it.
    let compute: @Sendable () -> @Sendable () -> Void
    let cancel: @Sendable () -> Void
  }

  private struct State {
    var free: Int
    var waiting: [Job] = []
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
      let id = state.withLock { state in
        state.lastID += 1
        return state.lastID
      }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let job = Job(id: id) {
            let start = DispatchTime.now().uptimeNanoseconds
            let result = Result(catching: work)
            let duration = DispatchTime.now().uptimeNanoseconds - start
            return {
              Metrics.Timer(label: "latchkey_hash_duration").recordNanoseconds(duration)
              continuation.resume(with: result)
            }
          } cancel: {
            continuation.resume(throwing: CancellationError())
          }
          do {
            if try begins(job) { openLane(job) }
          } catch {
            continuation.resume(throwing: error)
          }
        }
      } onCancel: {
        let job = state.withLock { state in
          state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        job?.cancel()
      }
    }
  }

  /// True when a lane is free, and the job's from now on; otherwise it waits.
  private func begins(_ job: Job) throws -> Bool {
    try state.withLock { state in
      // Asked under the lock: a cancellation either is seen here or finds the job in the queue.
      if Task.isCancelled { throw CancellationError() }
      if state.free > 0 {
        state.free -= 1
        return true
      }
      guard state.waiting.count < maximumWaiting else { throw Busy(retryAfterSeconds: 5) }
      state.waiting.append(job)
      return false
    }
  }

  /// The lane passes straight on, so nobody can overtake the one who waited longest.
  private func next() -> Job? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst()
    }
  }

  /// Hashes until nobody waits any more, on threads of the lane's own, not of Dispatch's pool: that has
  /// as many as there are processors, and the store's reads wait for the same ones. To begin a thread
  /// costs a thousandth of a hash.
  ///
  /// Pages go before hashes: when there are not processors enough for both, a hash gets a tenth of what a
  /// page gets. Linux keeps a nice value for each thread, whatever POSIX says (sched(7)). A second thread
  /// brings the results: whatever threads the first one woke or made would inherit its value, and with
  /// them the pages.
  private func openLane(_ first: Job) {
    let results = Results()
    let hashing = Thread {
      Thread.current.name = "latchkey hash"
      #if os(Linux)
        // PRIO_PROCESS is 0; its type differs between C libraries. The second 0 is this thread.
        setpriority(0, 0, 10)
      #endif
      var job: Job? = first
      while let current = job {
        results.add(current.compute())
        job = self.next()
      }
      results.end()
    }
    hashing.qualityOfService = .utility
    hashing.start()
    let bringing = Thread {
      Thread.current.name = "latchkey result"
      while let bring = results.next() { bring() }
    }
    bringing.start()
  }
}

/// From the one thread of a lane to the other.
private final class Results: Sendable {
  typealias Bring = @Sendable () -> Void

  /// Nil is the end.
  private let added = Mutex<[Bring?]>([])
  private let count = DispatchSemaphore(value: 0)

  func add(_ bring: @escaping Bring) { put(bring) }
  func end() { put(nil) }

  private func put(_ bring: Bring?) {
    added.withLock { $0.append(bring) }
    count.signal()
  }

  /// Waits for it.
  func next() -> Bring? {
    count.wait()
    return added.withLock { $0.removeFirst() }
  }
}
