import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
import LatchkeyTesting
import Testing

@Suite struct SessionCacheTests {
  /// A session that the store remembers, and a connection of somebody else's to the same file.
  private static func run(
    _ body: (SQLiteStore, LocalAuth, StartedSession, DatabaseQueue) async throws -> Void
  ) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
      let account = try #require(
        await store.insertAccount(
          NewAccount(username: Username("alice"), password: nil, createdAt: auth.clock.now),
          recovery: nil, audit: AuditEntry(at: auth.clock.now, event: "test", source: .app)))
      let started = try #require(await auth.beginSession(for: account))
      #expect(try await auth.session(for: started.token) != nil)
      #expect(isRemembered(started, by: store, auth))
      try await body(store, auth, started, DatabaseQueue(path: path))
      try await store.close()
    }
  }

  private static func isRemembered(
    _ started: StartedSession, by store: SQLiteStore, _ auth: LocalAuth
  ) -> Bool {
    store.sessionCache.session(started.token.digest, now: auth.clock.now, seenSince: nil) != nil
  }

  /// As SQLite's own shell does it: its connections do not watch foreign keys.
  @Test(arguments: [
    "DELETE FROM account",
    """
    REPLACE INTO account (id, username, username_folded, password_is_imported, is_enabled, created_at_ms)
    VALUES (1, 'alice', 'alice', 0, 0, 0)
    """,
    """
    REPLACE INTO account (id, username, username_folded, password_is_imported, is_enabled, created_at_ms)
    VALUES (2, 'alice', 'alice', 0, 1, 0)
    """,
    "UPDATE OR REPLACE account SET username_folded = 'alice' WHERE username = 'bob'",
    """
    REPLACE INTO session (token_sha256, id, account_id, created_at_ms, last_seen_at_ms, expires_at_ms,
      proven_at_ms, address, user_agent)
    SELECT zeroblob(32), id, account_id, created_at_ms, last_seen_at_ms, expires_at_ms, 0, '', ''
    FROM session WHERE account_id = 1
    """,
  ])
  func `a hand that does not watch foreign keys is seen, too`(_ change: String) async throws {
    try await Self.run { store, auth, started, other in
      guard
        case .registered(let bob) = try await auth.addAccount(
          username: "bob", password: Password("correct horse"))
      else {
        Issue.record("no account")
        return
      }
      let bobs = try #require(await auth.beginSession(for: bob))
      try await other.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA foreign_keys = OFF")
        try db.execute(sql: change)
      }
      // Whoever asks first makes the server read the number of revocations.
      _ = try await auth.session(for: bobs.token)
      #expect(try await auth.session(for: started.token) == nil)
    }
  }

  @Test(arguments: [
    "DELETE FROM session", "DELETE FROM account", "UPDATE account SET is_enabled = 0",
    "UPDATE session SET expires_at_ms = created_at_ms + 1",
    "UPDATE session SET token_sha256 = zeroblob(32)",
  ])
  func `whoever ends a session, the next look at it says so`(_ change: String) async throws {
    try await Self.run { _, auth, started, other in
      // Their clocks differ by less than the session's first millisecond.
      try await Task.sleep(for: .milliseconds(5))
      try await other.write { try $0.execute(sql: change) }
      #expect(try await auth.session(for: started.token) == nil)
    }
  }

  @Test func `what has changed of a session is seen at once`() async throws {
    try await Self.run { _, auth, started, other in
      try await other.write { try $0.execute(sql: "UPDATE account SET username = 'Alice'") }
      #expect(try await auth.session(for: started.token)?.account.username == "Alice")
      try await other.write { try $0.execute(sql: "UPDATE session SET address = '192.0.2.7'") }
      let address = try await auth.session(for: started.token)?.session.client.address
      #expect(address == "192.0.2.7")
    }
  }

  @Test func `what ends no session empties nothing`() async throws {
    try await Self.run { store, auth, started, other in
      try await other.write { try $0.execute(sql: "CREATE TABLE apple (id INTEGER PRIMARY KEY)") }
      #expect(!Self.isRemembered(started, by: store, auth), "first the number is to be read")
      let second = try #require(await auth.beginSession(for: started.account))
      #expect(try await auth.session(for: second.token) != nil)
      #expect(Self.isRemembered(started, by: store, auth))
    }
  }

  @Test func `every commit shows, by whatever connection, and nothing else does`() async throws {
    try await Self.run { store, _, _, _ in try Self.checkCommitsShow(store.pool.path) }
  }

  /// Not asynchronous, so that it is known what happens between what.
  private static func checkCommitsShow(_ path: String) throws {
    let (one, another) = (try DatabaseQueue(path: path), try DatabaseQueue(path: path))
    let watch = try #require(try CommitWatch(path: path))
    for number in 0..<100 {
      let before = try #require(watch.mark)
      _ = try one.read { try Row.fetchAll($0, sql: "SELECT * FROM session") }
      try another.write { db in
        try db.execute(sql: "UPDATE revocation SET count = count + 1")
        #expect(watch.mark == before, "nothing is committed yet")
      }
      #expect(watch.mark != before)
      // A checkpoint begins the log anew; the next commit must show all the same.
      if number % 10 == 0 {
        try one.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      }
    }
    let last = watch.mark
    try? one.write { db in
      try db.execute(sql: "UPDATE revocation SET count = count + 1")
      throw CancellationError()
    }
    #expect(watch.mark == last, "what is rolled back was never there")
  }

  @Test func `the number of revocations only rises`() async throws {
    try await Self.run { _, _, _, other in
      for change in ["UPDATE revocation SET count = count - 1", "DELETE FROM revocation"] {
        await #expect(throws: DatabaseError.self) {
          try await other.write { try $0.execute(sql: change) }
        }
      }
    }
  }

  @Test func `a use that was written is seen`() async throws {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(
        .opened(store), configuration: .fastHashing, clock: clock.clock)
      guard
        case .registered(let account) = try await auth.addAccount(
          username: "alice", password: Password("correct horse"))
      else {
        Issue.record("no account")
        return
      }
      let started = try #require(await auth.beginSession(for: account))
      _ = try await auth.session(for: started.token)
      clock.advance(by: .seconds(59))
      _ = try await auth.session(for: started.token)
      await auth.finishWriting()
      let early = try await auth.session(for: started.token)
      #expect(early?.session.lastSeenAt == started.session.createdAt, "once a minute is enough")
      clock.advance(by: .seconds(1))
      for _ in 0..<3 { _ = try await auth.session(for: started.token) }
      await auth.finishWriting()
      let late = try await auth.session(for: started.token)
      #expect(late?.session.lastSeenAt == clock.clock.now)
      try await store.close()
    }
  }

  /// The same with servers as processes: Tests/Program/test_sessions_at_once.py.
  @Test func `of many who read while others revoke nobody is let in afterwards`() async throws {
    try await withTemporaryDatabase { path in
      let stores = [try await SQLiteStore(path: path), try await SQLiteStore(path: path)]
      var servers: [LocalAuth] = []
      for store in stores {
        servers.append(try await LocalAuth(.opened(store), configuration: .fastHashing))
      }
      let both = servers
      try await withThrowingTaskGroup { group in
        for number in 0..<8 {
          group.addTask { try await Self.revokeAndRead(both, "person\(number)") }
        }
        try await group.waitForAll()
      }
      for store in stores { try await store.close() }
    }
  }

  private static func revokeAndRead(_ servers: [LocalAuth], _ name: String) async throws {
    guard
      case .registered(let account) = try await servers[0].addAccount(
        username: name, password: Password("correct horse"))
    else {
      Issue.record("no account")
      return
    }
    for round in 0..<50 {
      let started = try #require(await servers[round % 2].beginSession(for: account))
      for server in servers {
        for _ in 0..<3 { #expect(try await server.session(for: started.token) != nil) }
      }
      switch round % 3 {
      case 0: #expect(try await servers[(round + 1) % 2].logout(started.token))
      case 1: #expect(try await servers[round % 2].revoke(started.session.id))
      default: #expect(try await servers[0].revokeSessions(of: account) == 1)
      }
      for server in servers { #expect(try await server.session(for: started.token) == nil) }
    }
  }
}
