import GRDB
import LatchkeySQLite
import LatchkeyTesting
import Testing

@testable import LatchkeyCore

@Suite struct PurgeTests {
  /// More than any batch holds.
  private static let many = 2500

  @Test func `a purge removes all expired and all idle sessions, and no others`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.idleTimeout = .seconds(600)
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("alice")
      _ = try await fixture.logIn("alice")
      fixture.clock.advance(by: .seconds(1000))
      let live = try await fixture.logIn("alice")
      let now = fixture.clock.clock.now.millisecondsSinceEpoch
      for (seen, end) in [(now - 700_000, now + 1000), (now, now)] {
        try await fixture.store.pool.write { db in
          try db.execute(
            sql: """
              WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
              INSERT INTO session (token_sha256, id, account_id, created_at_ms, last_seen_at_ms,
                expires_at_ms, proven_at_ms, address, user_agent)
              SELECT randomblob(32), lower(hex(randomblob(16))), 1, ?, ?, ?, 0, '', '' FROM numbers
              """, arguments: [Self.many, now - 900_000, seen, end])
        }
      }
      // The one that was logged in a thousand seconds ago is idle, too.
      #expect(try await fixture.auth.purge() == 2 * Self.many + 1)
      let left = try await fixture.store.pool.read { db in
        try String.fetchAll(db, sql: "SELECT id FROM session")
      }
      #expect(left == [live.live.session.id.rawValue])
      #expect(try await fixture.auth.purge() == 0)
    }
  }

  @Test func `a purge that is cancelled stops between two batches`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.auditRetention = .seconds(24 * 3600)
    try await AuthFixture.run(configuration) { fixture in
      for _ in 0..<Self.many { try await fixture.auth.record("app.event") }
      fixture.clock.advance(by: .seconds(24 * 3600 + 1))
      let auth = fixture.auth
      let purge = Task { try await auth.purge() }
      purge.cancel()
      await #expect(throws: CancellationError.self) { try await purge.value }
      guard case .intact = try await fixture.auth.verifyAudit() else {
        Issue.record("not whole")
        return
      }
    }
  }

  @Test func `a batch grows while the database is quick, shrinks when it is not, within bounds`() {
    var batch = PurgeBatch()
    #expect(batch.size == 128)
    batch.adapt(to: .milliseconds(7))
    #expect(batch.size == 128)
    var sizes: [Int] = []
    for milliseconds in [1, 1, 1, 1, 11, 7, 200, 200, 200, 9000] {
      batch.adapt(to: .milliseconds(milliseconds))
      sizes.append(batch.size)
    }
    #expect(sizes == [256, 512, 1024, 1024, 512, 512, 256, 128, 64, 64])
  }
}
