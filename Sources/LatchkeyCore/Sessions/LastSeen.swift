import Logging
import Synchronization

/// Uses of sessions on their way into the store. They are written together, a second after the first
/// of them: no page waits for that, and a thousand people cost one write and not a thousand.
final class LastSeen: Sendable {
  private let store: any Store
  private let logger: Logger
  private let waiting = Mutex<[SessionID: Timestamp]>([:])

  init(store: any Store, logger: Logger) {
    self.store = store
    self.logger = logger
  }

  func note(_ id: SessionID, at moment: Timestamp) {
    let isFirst = waiting.withLock { waiting in
      defer { waiting[id] = max(moment, waiting[id] ?? moment) }
      return waiting.isEmpty
    }
    guard isFirst else { return }
    // Not a child of the request: it writes what many have noted.
    Task {
      try? await Task.sleep(for: .seconds(1))
      await write()
    }
  }

  /// Writes what is waiting.
  func write() async {
    let uses = waiting.withLock { waiting in
      defer { waiting = [:] }
      return waiting
    }
    guard !uses.isEmpty else { return }
    do {
      try await store.touchSessions(uses)
    } catch {
      // Reading goes on when writing cannot (a full disk); an idle time-out only gets stricter.
      logger.warning("last seen not written", metadata: ["error": "\(error)"])
    }
  }
}
