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
