import Clauses
import GRDB
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// The trail of what happened, and whether somebody has touched it.
@Suite struct AuditTests {
  private static let client = ClientDescription(address: "192.0.2.1", userAgent: "Agent")

  @Test(.clause("ASVS 16.2.1", "ASVS 16.3.1", "ASVS 16.3.3", "NIST E1"))
  func `every step of an account's life is in the trail, with who, what, when and from where`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let web = fixture.auth.asked(by: .client(Self.client))
      let operators = fixture.auth.asked(by: .commandLine(user: "root"))
      let password = AuthFixture.password
      let new = Password("a new horse altogether")
      _ = try await web.register(username: "alice", password: password, confirmation: password)
      _ = try await web.register(username: "ALICE", password: password, confirmation: password)
      _ = try await web.login(username: "alice", password: Password("wrong horse"))
      _ = try await web.login(username: "nobody", password: password)
      guard case .loggedIn(let started) = try await web.login(username: "alice", password: password)
      else { throw NotLoggedIn() }
      _ = try await web.reauthenticate(started.live, password: Password("wrong horse"))
      _ = try await web.changePassword(
        of: started.live, current: password, new: new, confirmation: new)
      let alice = started.account
      try await operators.setEnabled(false, for: alice)
      _ = try await web.login(username: "alice", password: new)
      try await operators.setEnabled(true, for: alice)
      let code = try await operators.issueRecovery(for: alice)
      _ = try await web.recover(
        username: "alice", code: "wrong", password: new, confirmation: new)
      _ = try await web.recover(
        username: "alice", code: code.text, password: new, confirmation: new)
      try await operators.delete(alice)

      let records = try await fixture.auth.auditRecords()
      #expect(
        records.map(\.entry.event) == [
          .registered, .registrationRefused, .loginRefused, .loginRefused, .loggedIn,
          .reauthenticationRefused, .passwordChanged, .disabled, .loginRefused, .enabled,
          .recoveryIssued, .recoveryRefused, .recovered, .deleted,
        ])
      let login = try #require(records.first { $0.entry.event == .loggedIn }?.entry)
      #expect(login.account == alice.id && login.session == started.session.id)
      #expect(login.source == .client(Self.client) && login.at == fixture.clock.now)
      #expect(records.last?.entry.source == .commandLine(user: "root"))
      #expect(records.last?.entry.account == alice.id, "it outlives the account")
      let unknown = records[3].entry
      #expect(unknown.account == nil && unknown.details == ["reason": "unknown name"])
      for record in records {
        for secret in ["correct horse", "wrong horse", "nobody", code.text, "argon2"] {
          #expect(!"\(record)".contains(secret))
        }
      }
    }
  }

  private struct NotLoggedIn: Error {}

  @Test(.clause("ASVS 16.4.2", "ASVS 11.4.3"))
  func `an untouched trail is whole, from any noted link on`() async throws {
    try await withTrail { fixture in
      let records = try await fixture.auth.auditRecords()
      for record in records {
        let known = AuditChain.Link(number: record.number, hash: record.hash)
        #expect(AuditChain.Link("\(known)") == known)
        guard
          case .intact(let count, let head) = try await fixture.auth.verifyAudit(against: known)
        else {
          Issue.record("not whole")
          return
        }
        #expect(count == records.count && head.hash == records.last?.hash)
      }
    }
  }

  @Test(
    .clause("ASVS 16.4.2", "ASVS 11.4.3"),
    arguments: [
      ("UPDATE audit SET event = 'x' WHERE number = 3", AuditProblem.changed(number: 3)),
      ("UPDATE audit SET at_ms = at_ms + 1 WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET succeeded = 1 - succeeded WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET account_id = 99 WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET session_id = 'x' WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET origin = 'x' WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET user_agent = 'x' WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET details = '{\"a\":\"b\"}' WHERE number = 3", .changed(number: 3)),
      (
        "UPDATE audit SET details = replace(details, '{', '{ ') WHERE number = 3",
        .changed(number: 3)
      ),
      ("UPDATE audit SET source = 'app' WHERE number = 3", .changed(number: 3)),
      ("UPDATE audit SET hash = zeroblob(32) WHERE number = 3", .changed(number: 3)),
      ("DELETE FROM audit WHERE number = 3", .missing(number: 3)),
      ("DELETE FROM audit WHERE number = 1", .missing(number: 1)),
      ("DELETE FROM audit WHERE number > 3", .endMissing(expected: 6)),
      ("DELETE FROM audit", .endMissing(expected: 6)),
      ("UPDATE audit_anchor SET number = 3", .changed(number: 4)),
      // Only moved, moved and made use of, moved to nowhere.
      (
        "UPDATE audit_anchor SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3)",
        .beginningMissing(before: 3)
      ),
      (
        """
        UPDATE audit_anchor SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3);
        DELETE FROM audit WHERE number <= 3
        """, .beginningMissing(before: 3)
      ),
      ("UPDATE audit_anchor SET number = 1 << 62", .beginningMissing(before: 1 << 62)),
      (
        """
        INSERT INTO audit
        SELECT 0, at_ms, event, succeeded, account_id, session_id, source, origin, user_agent,
          details, hash
        FROM audit WHERE number = 1
        """, .inFront(number: 0)
      ),
      ("UPDATE audit SET session_id = '' WHERE session_id IS NULL", .changed(number: 1)),
    ])
  func `a touched trail says where`(sql: String, problem: AuditProblem) async throws {
    try await withTrail { fixture in
      try await fixture.store.pool.write { db in
        // Whoever may write to the database may drop what forbids it, too.
        let triggers = try String.fetchAll(
          db, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
        #expect(triggers.count == 5)
        for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger)") }
        try db.execute(sql: sql)
      }
      #expect(try await fixture.auth.verifyAudit() == .broken(problem))
    }
  }

  @Test func `a trail whose end was cut off does not become whole by going on`() async throws {
    try await withTrail { fixture in
      try await fixture.store.pool.write { db in
        try db.execute(
          sql: """
            DROP TRIGGER audit_is_only_removed_behind_the_anchor;
            DELETE FROM audit WHERE number = 6;
            """)
      }
      try await fixture.auth.record("app.event")
      #expect(try await fixture.auth.verifyAudit() == .broken(.missing(number: 6)))
    }
  }

  @Test func `a trail that was written anew shows against a link that was noted`() async throws {
    try await withTrail { fixture in
      guard case .intact(_, let head) = try await fixture.auth.verifyAudit() else { return }
      try await withTrail { other in
        for _ in 0..<3 { try await other.auth.record("app.event") }
        #expect(
          try await other.auth.verifyAudit(against: head) == .broken(.otherThanKnown(head)))
      }
    }
  }

  @Test(.clause("ASVS 14.2.7"))
  func `retention keeps what is left verifiable`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.auditRetention = .seconds(24 * 3600)
    try await withTrail(configuration) { fixture in
      // More than the first batch holds, and less than the smallest beyond it.
      for _ in 0..<150 { try await fixture.auth.record("app.event") }
      let first = try #require(try await fixture.auth.auditRecords().first)
      fixture.clock.advance(by: .seconds(24 * 3600 + 1))
      try await fixture.auth.record("app.event")
      #expect(try await fixture.auth.purge() == 156)
      // And two for the two batches.
      #expect(try await fixture.auth.auditRecords().map(\.number) == [157, 158, 159])
      guard case .intact(3, let head) = try await fixture.auth.verifyAudit() else {
        Issue.record("not whole")
        return
      }
      #expect(head.number == 159)
      let old = AuditChain.Link(number: first.number, hash: first.hash)
      #expect(try await fixture.auth.verifyAudit(against: old) == .broken(.knownTooOld(old)))
    }
  }

  @Test func `what retention removes during a look is not missing`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.auditRetention = .seconds(24 * 3600)
    try await withTrail(configuration) { fixture in
      for _ in 0..<1500 { try await fixture.auth.record("app.event") }
      fixture.clock.advance(by: .seconds(24 * 3600 + 1))
      for _ in 0..<500 { try await fixture.auth.record("app.event") }
      let auth = fixture.auth
      let result = try await auth.verifyAudit { records in
        if records == 1000 { _ = try? await auth.purge() }
      }
      // The thousand that it has seen, and all that were left, with a record for each batch removed.
      guard case .intact(let records, let head) = result else {
        Issue.record("\(result)")
        return
      }
      #expect(records > 1500 && head.number == Int64(records) + 506)
    }
  }

  @Test func `a clock that was behind for a moment does not take later records with it`()
    async throws
  {
    try await withTrail { fixture in
      fixture.clock.advance(by: .seconds(-1000 * 24 * 3600))
      try await fixture.auth.record("app.event")
      fixture.clock.advance(by: .seconds(1000 * 24 * 3600))
      try await fixture.auth.record("app.event")
      try await fixture.auth.purge()
      #expect(try await fixture.auth.auditRecords().count == 8)
    }
  }

  @Test func `damaged details are shown as they are, and found`() async throws {
    try await withTrail { fixture in
      try await fixture.store.pool.write { db in
        try db.execute(
          sql: """
            DROP TRIGGER audit_is_never_changed;
            UPDATE audit SET details = '{no json}' WHERE number = 3;
            """)
      }
      #expect(try await fixture.auth.auditRecords().count == 6)
      #expect(try await fixture.auth.verifyAudit() == .broken(.changed(number: 3)))
    }
  }

  @Test func `the app hears of events of every process, and of its own`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let elsewhere = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      try await auth.record("shop.before")
      var events = auth.auditEvents(after: 0).makeAsyncIterator()
      #expect(try await events.next()?.entry.event == "shop.before")
      try await elsewhere.record("shop.order-cancelled", details: ["order": "17"])
      let record = try #require(try await events.next())
      #expect(record.entry.event == "shop.order-cancelled" && record.entry.details["order"] == "17")
      try await elsewhere.store.close()
      try await auth.store.close()
    }
  }

  private func withTrail(
    _ configuration: LocalAuth.Configuration = .fastHashing,
    _ body: (AuthFixture) async throws -> Void
  ) async throws {
    try await AuthFixture.run(configuration) { fixture in
      let auth = fixture.auth.asked(by: .client(Self.client))
      try await fixture.register("alice")
      for _ in 0..<2 { _ = try await auth.login(username: "alice", password: Password("wrong")) }
      _ = try await auth.login(username: "alice", password: AuthFixture.password)
      try await auth.record("app.event", succeeded: false, details: ["a": "1", "b": "2"])
      try await auth.record("app.event")
      try await body(fixture)
    }
  }
}
