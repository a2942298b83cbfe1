import LatchkeyCore
import Logging
import ServiceLifecycle
import Synchronization

/// The open pages of this server, and the watch over the sessions behind them.
///
/// While there is an open page, the store is watched for revocations by anybody: this process,
/// another server, the command line. A page whose session has ended is told within a second. Without
/// open pages nothing runs.
final class LiveChannel: Sendable {
  enum Event: Sendable {
    /// The session has ended.
    case ended
    /// Keeps the connection from looking idle to proxies, and shows us when the page has gone.
    case beat
  }

  /// A browser holds one stream for all of its pages, so these are browsers.
  static let maximumPerAccount = 20
  static let maximumPerAddress = 500

  private struct Page {
    let session: SessionID
    let expiresAt: Timestamp
    let account: AccountID
    let address: String
    let events: AsyncStream<Event>.Continuation
  }

  private struct State {
    private(set) var pages: [UInt64: Page] = [:]
    private var countOfAccount: [AccountID: Int] = [:]
    private var countOfAddress: [String: Int] = [:]
    private var lastID: UInt64 = 0
    var watch: Task<Void, Never>?

    func hasRoom(for live: LiveSession, _ address: String) -> Bool {
      countOfAccount[live.account.id, default: 0] < maximumPerAccount
        && countOfAddress[address, default: 0] < maximumPerAddress
    }

    mutating func add(_ page: Page) -> UInt64 {
      lastID += 1
      pages[lastID] = page
      countOfAccount[page.account, default: 0] += 1
      countOfAddress[page.address, default: 0] += 1
      return lastID
    }

    mutating func remove(_ id: UInt64) {
      guard let page = pages.removeValue(forKey: id) else { return }
      Self.decrease(&countOfAccount, page.account)
      Self.decrease(&countOfAddress, page.address)
    }

    private static func decrease<Key>(_ counts: inout [Key: Int], _ key: Key) {
      let left = counts[key, default: 1] - 1
      counts[key] = left > 0 ? left : nil
    }
  }

  private let auth: LocalAuth
  private let state = Mutex(State())

  init(auth: LocalAuth) {
    self.auth = auth
  }

  func hasRoom(for live: LiveSession, from address: String) -> Bool {
    state.withLock { $0.hasRoom(for: live, address) }
  }

  /// An open page, from now on.
  struct Listener: Sendable {
    /// End with the session, when the server stops, and at once when there is no room.
    let events: AsyncStream<Event>
    /// Nobody listens any more.
    let leave: @Sendable () -> Void
  }

  func listener(to live: LiveSession, from address: String) async -> Listener {
    // Two wait at most: a beat must not take the place of the end.
    let (stream, events) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(2))
    let listener = Listener(events: stream) { events.finish() }
    let id: UInt64? = state.withLock { state in
      guard state.hasRoom(for: live, address) else { return nil }
      // Not a child of any request: it serves all pages and ends with the last one.
      if state.watch == nil { state.watch = Task { await self.watch() } }
      return state.add(
        Page(
          session: live.session.id, expiresAt: live.session.expiresAt, account: live.account.id,
          address: address, events: events))
    }
    guard let id else {
      events.finish()
      return listener
    }
    events.onTermination = { _ in self.remove(id) }
    // Both may have happened before the watch knew of this page.
    if Task.isShuttingDownGracefully { events.finish() }
    try? await check([id: live.session.id])
    return listener
  }

  private func remove(_ id: UInt64) {
    state.withLock { state in
      state.remove(id)
      if state.pages.isEmpty {
        state.watch?.cancel()
        state.watch = nil
      }
    }
  }

  private func watch() async {
    await withGracefulShutdownHandler {
      await withTaskGroup { group in
        group.addTask { await self.followRevocations() }
        group.addTask { await self.followTime() }
      }
    } onGracefulShutdown: {
      let all = self.state.withLock { $0.pages.values }
      for page in all { page.events.finish() }
    }
  }

  private func followRevocations() async {
    while !Task.isCancelled {
      do {
        for try await _ in auth.store.changes(.revocations) { try await check(watched) }
      } catch is CancellationError where Task.isCancelled {
        return
      } catch {
        // The store is away, and every request is refused meanwhile. Pages stay until it is back.
        auth.logger.warning("revocations cannot be watched", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  /// Nobody writes anything when a session's time runs out.
  private func followTime() async {
    var seconds = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      seconds += 1
      let now = auth.clock.now
      let (over, all) = state.withLock { state in
        (state.pages.values.filter { $0.expiresAt <= now }, state.pages.values)
      }
      over.forEach(Self.end)
      if seconds % 15 == 0 { for page in all { page.events.yield(.beat) } }
      // Idle time-outs.
      if seconds % 30 == 0 { try? await check(watched) }
    }
  }

  private var watched: [UInt64: SessionID] {
    state.withLock { $0.pages.mapValues(\.session) }
  }

  private func check(_ pages: [UInt64: SessionID]) async throws {
    guard !pages.isEmpty else { return }
    let alive = try await auth.liveSessions(among: Array(Set(pages.values)))
    let ended = state.withLock { state in
      pages.filter { !alive.contains($0.value) }.compactMap { state.pages[$0.key] }
    }
    ended.forEach(Self.end)
  }

  private static func end(_ page: Page) {
    page.events.yield(.ended)
    page.events.finish()
  }
}
