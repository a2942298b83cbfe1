import Clauses
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

@Suite struct LoginTests {
  @Test func `the right password logs in, in any spelling of the name`() async throws {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("Alice")
      for name in ["Alice", "alice", "ALICE", " alice "] {
        #expect(try await fixture.logIn(name).account == alice)
      }
    }
  }

  @Test func `a wrong password, an unknown name and an empty password are refused alike`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      #expect(try await fixture.isRefused("alice", Password("wrong horse")))
      #expect(try await fixture.isRefused("nobody", AuthFixture.password))
      #expect(try await fixture.isRefused("alice", Password("")))
    }
  }

  @Test func `an empty password does not verify against the hash of an empty password`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let hash = try Bcrypt(cost: 4).hash([], random: .system)
      _ = try await fixture.auth.importAccounts([
        ForeignAccount(origin: "1", username: "hollow", hash: hash, isEnabled: true)
      ])
      #expect(try await fixture.isRefused("hollow", Password("")))
      let stored = StoredPassword(hash: hash, isImported: true)
      #expect(try await fixture.auth.hasher.verify(Password(""), against: stored) == false)
    }
  }

  @Test func `that an account is disabled is told only with the right password`() async throws {
    try await AuthFixture.run { fixture in
      let account = try await fixture.register("alice")
      try await fixture.auth.setEnabled(false, for: account)
      #expect(try await fixture.isRefused("alice", Password("wrong horse")))
      guard
        case .disabled = try await fixture.auth.login(
          username: "alice", password: AuthFixture.password)
      else {
        Issue.record("expected disabled")
        return
      }
      #expect(try await fixture.auth.sessions().isEmpty)
    }
  }

  @Test func `logging in replaces the session that the browser came with`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let first = try await fixture.logIn("alice")
      let second = try await fixture.logIn("alice", replacing: first.token)
      #expect(first.token.cookieValue != second.token.cookieValue)
      #expect(try await fixture.auth.session(for: first.token) == nil)
      #expect(try await fixture.auth.session(for: second.token)?.account.username == "alice")
    }
  }

  @Test func `a token that the client chose is never valid after a login`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let invented = try #require(SessionToken(cookieValue: String(repeating: "A", count: 43)))
      _ = try await fixture.logIn("alice", replacing: invented)
      #expect(try await fixture.auth.session(for: invented) == nil)
    }
  }

  @Test func `a token that was logged out does not come back to life at the next login`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let first = try await fixture.logIn("alice")
      #expect(try await fixture.auth.logout(first.token))
      #expect(try await fixture.auth.logout(first.token) == false)
      let second = try await fixture.logIn("alice", replacing: first.token)
      #expect(try await fixture.auth.session(for: first.token) == nil)
      #expect(second.token.cookieValue != first.token.cookieValue)
    }
  }

  @Test(.clause("NIST W3")) func `an expired session is refused and does not block the next login`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let first = try await fixture.logIn("alice")
      fixture.clock.advance(by: .seconds(7 * 24 * 3600))
      #expect(try await fixture.auth.session(for: first.token) == nil)
      let second = try await fixture.logIn("alice", replacing: first.token)
      #expect(try await fixture.auth.session(for: second.token) != nil)
    }
  }

  @Test(.clause("ASVS 7.3.2", "NIST Q1"))
  func `a session lives for seven days and activity does not prolong it`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      for _ in 0..<6 {
        fixture.clock.advance(by: .seconds(24 * 3600))
        #expect(try await fixture.auth.session(for: started.token) != nil)
      }
      fixture.clock.advance(by: .seconds(24 * 3600 - 1))
      #expect(try await fixture.auth.session(for: started.token) != nil)
      fixture.clock.advance(by: .seconds(1))
      #expect(try await fixture.auth.session(for: started.token) == nil)
    }
  }

  @Test(.clause("ASVS 7.3.1", "NIST Q5")) func `an idle session ends, a used one does not`()
    async throws
  {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.idleTimeout = .seconds(600)
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      for _ in 0..<5 {
        fixture.clock.advance(by: .seconds(500))
        #expect(try await fixture.auth.session(for: started.token) != nil)
        await fixture.auth.finishWriting()
      }
      fixture.clock.advance(by: .seconds(601))
      #expect(try await fixture.auth.session(for: started.token) == nil)
    }
  }

  @Test func `disabling, deleting and a new password end the sessions at once`() async throws {
    try await AuthFixture.run { fixture in
      for (name, end) in Self.endings {
        let account = try await fixture.register(name)
        let started = try await fixture.logIn(name)
        try await end(fixture.auth, account)
        #expect(try await fixture.auth.session(for: started.token) == nil, "\(name)")
      }
    }
  }

  private static let endings: [(String, @Sendable (LocalAuth, Account) async throws -> Void)] = [
    ("disabled", { auth, account in try await auth.setEnabled(false, for: account) }),
    ("deleted", { auth, account in try await auth.delete(account) }),
    (
      "changed",
      { auth, account in _ = try await auth.setPassword(Password("new password"), for: account) }
    ),
    ("revoked", { auth, account in try await auth.revokeSessions(of: account) }),
  ]

  @Test func `the session of a deleted account is not the session of the next one`() async throws {
    try await AuthFixture.run { fixture in
      let first = try await fixture.register("first")
      let started = try await fixture.logIn("first")
      try await fixture.auth.delete(first)
      let second = try await fixture.register("second")
      #expect(second.id != first.id)
      #expect(try await fixture.auth.session(for: started.token) == nil)
    }
  }

  @Test(.clause("ASVS 11.2.2", "NIST P21"))
  func `an outdated hash is replaced at the next login, also one of another cost`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let hash = try Bcrypt(cost: 5).hash(Array("correct horse".utf8), random: .system)
      _ = try await fixture.auth.importAccounts([
        ForeignAccount(origin: "1", username: "old", hash: hash, isEnabled: true)
      ])
      _ = try await fixture.logIn("old")
      let stored = try #require(
        try await fixture.store.credentials(folded: "old", devices: []).credentials?.password)
      #expect(stored.hash.text.hasPrefix("$argon2id$"))
      #expect(!stored.isImported && !fixture.auth.hasher.isOutdated(stored))
      _ = try await fixture.logIn("old")
    }
  }

  @Test func `an imported password is tried with its bytes as received, ours in composed form`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let decomposed = "cafe\u{301} au lait"
      let hash = try Bcrypt(cost: 4).hash(Array(decomposed.utf8), random: .system)
      _ = try await fixture.auth.importAccounts([
        ForeignAccount(origin: "1", username: "imported", hash: hash, isEnabled: true)
      ])
      #expect(try await fixture.isRefused("imported", Password("café au lait")))
      _ = try await fixture.logIn("imported", Password(decomposed))
      // Now it is one of ours, and both spellings are the same password.
      _ = try await fixture.logIn("imported", Password("café au lait"))
      _ = try await fixture.logIn("imported", Password(decomposed))
    }
  }

  @Test func `an app can begin a session for an account that it knows, with a life of its own`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let account = try await fixture.register("alice")
      let started = try #require(
        try await fixture.auth.beginSession(for: account, lifetime: .seconds(60)))
      fixture.clock.advance(by: .seconds(59))
      #expect(try await fixture.auth.session(for: started.token) != nil)
      fixture.clock.advance(by: .seconds(1))
      #expect(try await fixture.auth.session(for: started.token) == nil)
      try await fixture.auth.setEnabled(false, for: account)
      #expect(try await fixture.auth.beginSession(for: account) == nil)
    }
  }

  @Test(.clause("ASVS 15.4.2"))
  func `100 parallel logins and logouts of one account leave nothing behind`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.maximumWaitingHashes = 100
    // Attempts are charged before they are checked: more than ten at the same moment have to wait.
    configuration.throttling = .off
    try await AuthFixture.run(configuration) { fixture in
      let account = try await fixture.register("alice")
      let started = try await withThrowingTaskGroup(of: StartedSession.self) { group in
        for _ in 0..<100 { group.addTask { try await fixture.logIn("alice") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(try await fixture.auth.sessions(of: account).count == 100)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for session in started {
          group.addTask { try await fixture.auth.logout(session.token) }
          group.addTask { try await fixture.auth.session(for: session.token) != nil }
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.auth.sessions(of: account).isEmpty)
      for session in started { #expect(try await fixture.auth.session(for: session.token) == nil) }
    }
  }

  @Test func `logins at the same moment all succeed, also while one of them re-hashes`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let hash = try Bcrypt(cost: 5).hash(Array("correct horse".utf8), random: .system)
      _ = try await fixture.auth.importAccounts([
        ForeignAccount(origin: "1", username: "old", hash: hash, isEnabled: true)
      ])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask { _ = try await fixture.logIn("old") }
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.auth.sessions().count == 10)
    }
  }

  @Test func `a configuration with which nobody stays logged in is refused`() async throws {
    var tooIdle = LocalAuth.Configuration.fastHashing
    tooIdle.idleTimeout = .seconds(59)
    var tooShort = LocalAuth.Configuration.fastHashing
    tooShort.sessionLifetime = .zero
    for configuration in [tooIdle, tooShort] {
      await #expect(throws: InvalidSettingError.self) {
        try await AuthFixture.run(configuration) { _ in }
      }
    }
  }

  @Test func `an attempt with the right password that is given up at any moment is paid back`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let auth = fixture.auth.asked(
        by: .client(ClientDescription(address: "192.0.2.7", userAgent: "")))
      for round in 0..<60 {
        let login = Task {
          try await auth.login(username: "alice", password: AuthFixture.password)
        }
        try await Task.sleep(for: .microseconds(round * 50))
        login.cancel()
        _ = try? await login.value
      }
      #expect(try await fixture.auth.throttles().map(\.count.failures) == [])
    }
  }
}
