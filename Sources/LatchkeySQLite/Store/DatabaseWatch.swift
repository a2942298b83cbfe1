internal import GRDB
internal import LatchkeyCore
import Synchronization

/// A connection that only asks whether anybody has written.
///
/// `PRAGMA data_version` changes when another connection, of this process or any other, has
/// committed; it reads one number of shared memory. This connection never writes itself, so it
/// sees all writes.
struct DatabaseWatch: Sendable {
  private let queue: DatabaseQueue
  private let version = LastVersion()

  init(path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.label = "latchkey.watch"
    configuration.busyMode = .timeout(1)
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// How often something of the topic has happened; nil when nothing at all was written since the
  /// last call.
  func countIfChanged(_ topic: StoreTopic) async throws -> Int64? {
    try await queue.unsafeRead { db in
      guard let current = try Int64.fetchOne(db, sql: "PRAGMA data_version"),
        version.replace(with: current)
      else { return nil }
      switch topic {
      case .revocations: return try Int64.fetchOne(db, sql: "SELECT count FROM revocation")
      case .audit: return try SQLiteStore.lastNumber(db)
      }
    }
  }

  func close() {
    try? queue.close()
  }
}

private final class LastVersion: Sendable {
  private let value = Mutex<Int64?>(nil)

  /// - Returns: whether it is another one than the last.
  func replace(with new: Int64) -> Bool {
    value.withLock { value in
      defer { value = new }
      return value != new
    }
  }
}

/// The tasks that watch the file for somebody. None of them outlives the store: the last connection that
/// closes takes the log with it, and so that must not be one of theirs.
final class Watches: Sendable {
  private struct State {
    var isClosed = false
    var tasks: [UInt64: Task<Void, Never>] = [:]
    var lastID: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Nil when the store is closed.
  func start(_ watch: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      state.lastID += 1
      let id = state.lastID
      let task = Task {
        await watch()
        self.state.withLock { $0.tasks[id] = nil }
      }
      state.tasks[id] = task
      return task
    }
  }

  func close() async {
    let tasks = state.withLock { state in
      state.isClosed = true
      return state.tasks.values
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
