import Clauses
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// Rows 1 to 5 of the real failures: whether an account exists must not show in the work of a
/// login. The work is counted, not timed.
@Suite struct EqualWorkTests {
  private static let preferred = Argon2id(memoryKiB: 16, passes: 1)

  private func withCounting(
    _ body: (AuthFixture, WorkLog) async throws -> Void
  ) async throws {
    let log = WorkLog()
    var configuration = LocalAuth.Configuration()
    configuration.schemes = [
      CountingScheme(Self.preferred, log), CountingScheme(Bcrypt(cost: 4), log),
    ]
    try await AuthFixture.run(configuration) { try await body($0, log) }
  }

  @Test(.clause("ASVS 6.3.8"))
  func `each login attempt costs exactly one hash, whatever the account's state`()
    async throws
  {
    try await withCounting { fixture, log in
      try await fixture.register("alice")
      let disabled = try await fixture.register("disabled")
      try await fixture.auth.setEnabled(false, for: disabled)
      _ = log.drain()
      let attempts = [
        ("alice", "correct horse"), ("alice", "wrong horse"), ("nobody", "wrong horse"),
        ("disabled", "correct horse"), ("disabled", "wrong horse"), ("<not a name>", "wrong horse"),
        ("", "wrong horse"),
      ]
      for (name, password) in attempts {
        _ = try await fixture.auth.login(username: name, password: Password(password))
        #expect(log.drain() == [Self.preferred.work], "\(name)")
      }
    }
  }

  @Test func `an outdated hash costs what a current one costs, right or wrong`() async throws {
    try await withCounting { fixture, log in
      try await fixture.register("current")
      let old = try Bcrypt(cost: 4).hash(Array("correct horse".utf8), random: .system)
      for name in ["old", "older"] {
        let report = try await fixture.auth.importAccounts([
          ForeignAccount(origin: "1", username: name, hash: old, isEnabled: true)
        ])
        #expect(report.lines.count == 1)
      }
      _ = log.drain()
      let both = [Self.preferred.work.rawValue, Bcrypt(cost: 4).work.rawValue]
      for (name, password) in [
        ("current", "wrong horse"), ("nobody", "wrong horse"), ("old", "wrong horse"),
        ("current", "correct horse"), ("old", "correct horse"),
      ] {
        _ = try await fixture.auth.login(username: name, password: Password(password))
        #expect(log.drain().map(\.rawValue).sorted() == both, "\(name) \(password)")
      }
    }
  }

  @Test func `once all hashes are current again a login costs one hash`() async throws {
    try await withCounting { fixture, log in
      let old = try Bcrypt(cost: 4).hash(Array("correct horse".utf8), random: .system)
      _ = try await fixture.auth.importAccounts([
        ForeignAccount(origin: "1", username: "old", hash: old, isEnabled: true)
      ])
      _ = try await fixture.logIn("old")
      _ = log.drain()
      _ = try await fixture.logIn("old")
      #expect(log.drain() == [Self.preferred.work])
    }
  }

  @Test func `an account whose hash nothing verifies costs what every other costs`() async throws {
    try await withCounting { fixture, log in
      let broken = NewPassword(
        stored: StoredPassword(hash: PasswordHash(text: "!"), isImported: false),
        work: Self.preferred.work)
      _ = try await fixture.store.insertAccount(
        NewAccount(
          username: try Username("broken"), password: broken, createdAt: fixture.clock.now),
        recovery: nil,
        audit: AuditEntry(at: fixture.clock.now, event: "test", source: .app))
      #expect(try await fixture.isRefused("broken", Password("!")))
      #expect(log.drain() == [Self.preferred.work])
    }
  }

  @Test func `an empty or an endless password is refused without hashing, for every name alike`()
    async throws
  {
    try await withCounting { fixture, log in
      try await fixture.register("alice")
      _ = log.drain()
      for password in ["", String(repeating: "x", count: 4097)] {
        for name in ["alice", "nobody"] {
          #expect(try await fixture.isRefused(name, Password(password)))
        }
      }
      #expect(log.drain().isEmpty)
    }
  }
}
