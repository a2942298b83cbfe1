import Clauses
import GRDB
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Synchronization
import Testing

/// Proving again who one is, changing the password, and recovering without it.
@Suite struct ReauthenticationTests {
  private static let new = Password("a new horse altogether")

  @Test(.clause("ASVS 7.5.3"))
  func `a proof of the password is good for ten minutes`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let session = try await fixture.logIn("alice").session
      #expect(fixture.auth.isProven(session))
      fixture.clock.advance(by: .seconds(600) - .milliseconds(1))
      #expect(fixture.auth.isProven(session))
      fixture.clock.advance(by: .milliseconds(1))
      #expect(!fixture.auth.isProven(session))
      fixture.clock.advance(by: .seconds(-3600))
      #expect(!fixture.auth.isProven(session), "a proof from the future is none")
    }
  }

  @Test(.clause("ASVS 7.2.4", "NIST S2", "NIST Q5"))
  func `a re-authentication changes the token, keeps the session and proves it`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      fixture.clock.advance(by: .seconds(3600))
      let outcome = try await fixture.auth.reauthenticate(
        started.live, password: AuthFixture.password)
      guard case .proven(let renewed) = outcome else {
        Issue.record("refused")
        return
      }
      #expect(try await fixture.auth.session(for: started.token) == nil)
      let live = try #require(try await fixture.auth.session(for: renewed.token))
      #expect(live.session.id == started.session.id)
      #expect(live.session.expiresAt == started.session.expiresAt)
      #expect(fixture.auth.isProven(live.session))
    }
  }

  @Test(arguments: 0...3)
  func `a better hash of the same password, by a login at the same moment, is no wrong password`(
    _ times: Int
  ) async throws {
    let scheme = OvertakenScheme()
    var configuration = LocalAuth.Configuration()
    configuration.schemes = [scheme]
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let other = try await fixture.logIn("alice")
      let pool = fixture.store.pool
      func overtake() {
        scheme.overtake(times: times) { hash in
          try? pool.write { db in
            try db.execute(sql: "UPDATE account SET password_hash = ?", arguments: [hash.text])
          }
        }
      }
      overtake()
      let proof = try await fixture.auth.reauthenticate(
        started.live, password: AuthFixture.password)
      overtake()
      let change = try await fixture.auth.changePassword(
        of: other.live, current: AuthFixture.password, new: Self.new, confirmation: Self.new)
      if times < 2 {
        guard case .proven = proof, case .changed = change else {
          Issue.record("refused: \(proof), \(change)")
          return
        }
      } else {
        guard case .refused = proof, case .refused = change else {
          Issue.record("not refused: \(proof), \(change)")
          return
        }
        let last = try await fixture.store.lastAuditRecords(1, of: nil)
        #expect(last.first?.entry.details["reason"] == "overtaken")
      }
    }
  }

  @Test(.clause("ASVS 6.3.4"))
  func `a wrong password proves nothing, and ten are enough`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let other = try await fixture.logIn("alice")
      for password in ["wrong", ""] + Array(repeating: "wrong horse", count: 9) {
        guard
          case .refused = try await fixture.auth.reauthenticate(
            started.live, password: Password(password))
        else {
          Issue.record("not refused")
          return
        }
      }
      guard
        case .throttled = try await fixture.auth.reauthenticate(
          started.live, password: AuthFixture.password)
      else {
        Issue.record("not throttled")
        return
      }
      #expect(try await fixture.auth.session(for: started.token) != nil)
      // Whoever has another session is not concerned.
      guard
        case .proven = try await fixture.auth.reauthenticate(
          other.live, password: AuthFixture.password)
      else {
        Issue.record("the other session has to wait, too")
        return
      }
    }
  }

  @Test(.clause("ASVS 6.2.2", "ASVS 6.2.3", "ASVS 7.5.1", "ASVS 7.4.3"))
  func `a changed password ends every other session and leaves this one with a new token`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let here = try await fixture.logIn("alice")
      let there = try await fixture.logIn("alice")
      let outcome = try await fixture.auth.changePassword(
        of: here.live, current: AuthFixture.password, new: Self.new, confirmation: Self.new,
        device: here.device)
      guard case .changed(let renewed) = outcome else {
        Issue.record("refused")
        return
      }
      #expect(try await fixture.auth.session(for: here.token) == nil)
      #expect(try await fixture.auth.session(for: there.token) == nil)
      #expect(try await fixture.auth.session(for: renewed.token)?.session.id == here.session.id)
      #expect(try await fixture.isRefused("alice", AuthFixture.password))
      _ = try await fixture.logIn("alice", Self.new)
    }
  }

  @Test(arguments: [
    (
      "wrong horse", "a new horse altogether", "a new horse altogether",
      PasswordChangeRefusal.currentPasswordWrong
    ),
    ("", "a new horse altogether", "a new horse altogether", .currentPasswordWrong),
    ("correct horse", "short", "short", .password(.tooShort(minimum: 8))),
    ("correct horse", "password1", "password1", .password(.common)),
    ("correct horse", "a new horse altogether", "another", .passwordsDiffer),
  ])
  func `a refused change changes nothing`(
    current: String, new: String, again: String, refusal: PasswordChangeRefusal
  ) async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let outcome = try await fixture.auth.changePassword(
        of: started.live, current: Password(current), new: Password(new),
        confirmation: Password(again))
      guard case .refused(refusal) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try await fixture.auth.session(for: started.token) != nil)
      _ = try await fixture.logIn("alice")
    }
  }

  @Test func `of two changes at the same moment one happens`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let changed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask {
            let new = Password("a new horse, number \(number)")
            let outcome = try await fixture.auth.changePassword(
              of: started.live, current: AuthFixture.password, new: new, confirmation: new)
            if case .changed = outcome { return true } else { return false }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(changed == 1)
    }
  }

  @Test(.clause("ASVS 6.4.1", "NIST C2", "NIST L1"))
  func `a recovery code is good for fifteen minutes`() async throws {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("alice")
      let code = try await fixture.auth.issueRecovery(for: alice)
      fixture.clock.advance(by: .seconds(900))
      #expect(try await recover(fixture, "alice", code.text) == .code)
      let next = try await fixture.auth.issueRecovery(for: alice)
      fixture.clock.advance(by: .seconds(900) - .milliseconds(1))
      #expect(try await recover(fixture, "alice", next.text) == nil)
    }
  }

  @Test(.clause("ASVS 6.4.6", "NIST C6", "ASVS 6.5.6"))
  func `a recovery stops the old password and ends the sessions at once`() async throws {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let code = try await fixture.auth.issueRecovery(for: alice)
      #expect(try await fixture.auth.session(for: started.token) == nil)
      #expect(try await fixture.isRefused("alice", AuthFixture.password))
      #expect(try await fixture.isRefused("alice", Password("")))
      #expect(try await recover(fixture, "alice", code.text) == nil)
      _ = try await fixture.logIn("alice", Self.new)
    }
  }

  @Test(.clause("ASVS 6.5.1", "ASVS 2.3.4", "NIST L1"))
  func `of a hundred uses of a code at the same moment one succeeds`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.maximumWaitingHashes = 200
    configuration.throttling.everyone.free = 200
    try await AuthFixture.run(configuration) { fixture in
      let code = try await fixture.auth.issueRecovery(for: try await fixture.register("alice"))
      let used = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 {
          group.addTask { try await recover(fixture, "alice", code.text) == nil }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(used == 1)
    }
  }

  @Test(.clause("ASVS 6.3.8"))
  func `a wrong code, another's code and a disabled account's are refused alike`() async throws {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("alice")
      try await fixture.register("bob")
      let code = try await fixture.auth.issueRecovery(for: alice).text
      for (name, typed) in [
        ("bob", code), ("nobody", code), ("", code), ("alice", "0000-" + code.dropFirst(5)),
        ("alice", ""), ("alice", code + "0"), ("alice", String(repeating: "0", count: 10_000)),
      ] {
        #expect(try await recover(fixture, name, typed) == .code)
      }
      try await fixture.auth.setEnabled(false, for: alice)
      #expect(try await recover(fixture, "alice", code) == .code)
      try await fixture.auth.setEnabled(true, for: alice)
      #expect(try await recover(fixture, "alice", code) == nil)
    }
  }

  @Test(.clause("ASVS 6.1.1"))
  func `strangers' failures do not stop whoever has a code`() async throws {
    try await AuthFixture.run { fixture in
      let auth = fixture.auth.asked(by: .client(ClientDescription(address: "192.0.2.1")))
      let code = try await auth.issueRecovery(for: try await fixture.register("alice"))
      var isThrottled = false
      for number in 0..<30 {
        let outcome = try await auth.login(
          username: "name\(number)", password: Password("wrong horse"))
        if case .throttled = outcome { isThrottled = true }
      }
      #expect(isThrottled)
      let outcome = try await auth.recover(
        username: "alice", code: code.text, password: Self.new, confirmation: Self.new)
      guard case .recovered = outcome else {
        Issue.record("\(outcome)")
        return
      }
      guard
        case .throttled = try await auth.recover(
          username: "alice", code: code.text, password: Self.new, confirmation: Self.new)
      else {
        Issue.record("wrong codes are not counted")
        return
      }
    }
  }

  @Test func `a mistake in the new password does not use the code up`() async throws {
    try await AuthFixture.run { fixture in
      let code = try await fixture.auth.issueRecovery(for: try await fixture.register("alice"))
      for (password, problem) in [
        ("short", RecoveryRefusal.password(.tooShort(minimum: 8))),
        ("sunshine", .password(.common)),
      ] {
        #expect(
          try await recover(fixture, "alice", code.text, Password(password)) == problem)
      }
      // As people type it.
      let typed = code.text.lowercased().replacing("-", with: " ").replacing("0", with: "o")
      #expect(try await recover(fixture, "ALICE", typed) == nil)
    }
  }

  @Test(.clause("ASVS 6.5.2", "ASVS 6.5.4", "NIST L2"))
  func `codes have 160 bits, each its own, and read back as they were written`() async throws {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("alice")
      let alphabet = Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
      var seen: Set<String> = []
      for _ in 0..<200 {
        let text = try await fixture.auth.issueRecovery(for: alice).text
        let digits = text.replacing("-", with: "")
        #expect(digits.count == 32 && digits.allSatisfy(alphabet.contains))
        #expect(RecoveryCode(typed: text)?.text == text)
        seen.insert(text)
      }
      #expect(seen.count == 200)
    }
  }

  @Test(.clause("ASVS 6.4.3"))
  func `an account that was added without a password is opened by its code alone`() async throws {
    try await AuthFixture.run { fixture in
      let (bob, code) = try await fixture.auth.addAccount(username: "bob")
      for password in ["", " ", "bob", code.text] {
        #expect(try await fixture.isRefused("bob", Password(password)))
      }
      #expect(try await recover(fixture, "bob", code.text) == nil)
      #expect(try await fixture.auth.sessions(of: bob).isEmpty, "nobody is logged in by it")
      _ = try await fixture.logIn("bob", Self.new)
      await #expect(throws: RegisterRefusal.self) {
        try await fixture.auth.addAccount(username: "BOB")
      }
    }
  }

  /// Nil when the password was set.
  private func recover(
    _ fixture: AuthFixture, _ name: String, _ code: String, _ password: Password = Self.new
  ) async throws -> RecoveryRefusal? {
    let outcome = try await fixture.auth.recover(
      username: name, code: code, password: password, confirmation: password)
    switch outcome {
    case .recovered: return nil
    case .refused(let refusal): return refusal
    case .throttled(let wait): throw Waiting(wait: wait)
    }
  }

  private struct Waiting: Error {
    let wait: Throttled
  }
}

/// While it computes for a check of a password, the account gets another hash of the same password.
private final class OvertakenScheme: PasswordScheme {
  private let base = Bcrypt(cost: 4)
  private let hooks = Mutex<[@Sendable (PasswordHash) -> Void]>([])

  func overtake(times: Int, _ hook: @escaping @Sendable (PasswordHash) -> Void) {
    hooks.withLock { $0 = Array(repeating: hook, count: times) }
  }

  var name: String { base.name }
  var work: PasswordWork { base.work }
  var maximumPasswordBytes: Int? { base.maximumPasswordBytes }
  func work(of hash: PasswordHash) -> PasswordWork? { base.work(of: hash) }
  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    base.spend(work, on: password)
  }

  func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    try base.hash(password, random: random)
  }

  func hash(_ password: [UInt8], like other: PasswordHash, likeOthers: Bool) -> PasswordHash? {
    if let hook = hooks.withLock({ $0.popLast() }),
      let hash = try? base.hash(password, random: .system)
    {
      hook(hash)
    }
    return base.hash(password, like: other, likeOthers: likeOthers)
  }
}
