internal import LatchkeyCore
import Synchronization

/// The sessions that were asked for lately. It never says yes where the database would say no.
///
/// The schema counts everything by which a session ends or changes, whoever does it (table
/// `revocation`). What is kept here was read together with that number, and is good as long as the
/// number stands; and before each answer it is made sure that nothing at all was committed since the
/// number was last read (``CommitWatch``). So a revocation is seen by the next request, also when
/// another process made it, and whoever only logs in or writes to the app's own tables empties
/// nothing.
final class SessionCache: Sendable {
  private struct Entry {
    let live: LiveSession
    let readAt: ContinuousClock.Instant
  }

  private struct State {
    var watch: CommitWatch?
    var isOpen = true
    /// The number of revocations with which all of the sessions were read.
    var revocations: Int64 = 0
    /// When that number was last known to be right.
    var mark: CommitWatch.Mark?
    var recent: [SessionToken.Digest: Entry] = [:]
    /// Those that were there before ``recent`` was last full.
    var earlier: [SessionToken.Digest: Entry] = [:]

    mutating func insert(_ entry: Entry, _ digest: SessionToken.Digest) {
      if recent.count >= SessionCache.generation { (earlier, recent) = (recent, [:]) }
      recent[digest] = entry
    }

    mutating func removeAll() {
      recent.removeAll()
      earlier.removeAll()
    }
  }

  /// Of these there are two at the most: some 5 MB.
  private static let generation = 4096
  /// Asked anew after that, whatever happened: nobody counts when a backup is restored in place.
  private static let longest: Duration = .seconds(60)

  private let path: String
  private let state = Mutex(State())

  init(path: String) {
    self.path = path
  }

  /// The session, if it is known to be alive by the rule of `Store.liveSession`; nil for: ask the
  /// database.
  func session(
    _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
  ) -> LiveSession? {
    state.withLock { state in
      guard let mark = state.mark, state.watch?.mark == mark else { return nil }
      var found = state.recent[digest]
      if found == nil, let old = state.earlier[digest] {
        state.insert(old, digest)
        found = old
      }
      guard let found, .now < found.readAt + Self.longest,
        found.live.session.expiresAt > now,
        seenSince.map({ found.live.session.lastSeenAt >= $0 }) ?? true
      else { return nil }
      return found.live
    }
  }

  /// To be called before the database is read; the result belongs to ``note(_:_:revocations:since:)``.
  ///
  /// Begins to watch, if it does not yet, and that may wait for the disk: whoever never asks for a
  /// session needs no connection more. Nil when there is nothing to be watched: nothing is kept then.
  func mark() -> CommitWatch.Mark? {
    state.withLock { state in
      if state.watch == nil, state.isOpen { state.watch = try? CommitWatch(path: path) }
      return state.watch?.mark
    }
  }

  /// Keeps what the database has answered.
  ///
  /// - Parameters:
  ///   - live: the session.
  ///   - digest: of its token.
  ///   - revocations: their number, read in the same transaction.
  ///   - mark: from before that transaction began.
  func note(
    _ live: LiveSession, _ digest: SessionToken.Digest, revocations: Int64,
    since mark: CommitWatch.Mark?
  ) {
    state.withLock { state in
      guard let mark else { return }
      if revocations < state.revocations {
        // Read before the last revocation that is known of: it says nothing any more. But where
        // nothing has been committed since, the database was restored in place.
        guard state.watch?.mark == mark else { return }
      }
      if revocations != state.revocations { state.removeAll() }
      state.revocations = revocations
      state.mark = mark
      state.insert(Entry(live: live, readAt: .now), digest)
    }
  }

  /// Forgets what it knows of these sessions: when they were last seen has changed.
  func forget(_ ids: some Collection<SessionID>) {
    let ids = Set(ids)
    state.withLock { state in
      state.recent = state.recent.filter { !ids.contains($0.value.live.session.id) }
      state.earlier = state.earlier.filter { !ids.contains($0.value.live.session.id) }
    }
  }

  /// No memory of the database is looked at after this.
  func close() {
    state.withLock { state in
      state.isOpen = false
      state.watch = nil
      state.removeAll()
    }
  }
}
