import Clauses
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

@Suite struct RegisterTests {
  private func refusal(
    _ fixture: AuthFixture, _ username: String, _ password: String, _ confirmation: String
  ) async throws -> String? {
    let outcome = try await fixture.auth.register(
      username: username, password: Password(password), confirmation: Password(confirmation))
    return if case .refused(let refusal) = outcome { refusal.message } else { nil }
  }

  @Test func `the checks come in the seed's order with the seed's texts`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let taken = "Username Alice is already registered. Try a different name"
      #expect(try await refusal(fixture, "", "", "x") == "Username cannot be empty")
      #expect(try await refusal(fixture, "  ", "", "x") == "Username cannot be empty")
      #expect(try await refusal(fixture, "Alice", "", "x") == taken)
      #expect(try await refusal(fixture, "bob", "", "x") == "Password cannot be empty")
      #expect(try await refusal(fixture, "bob", "x", "y") == "Passwords do not match")
      #expect(try await refusal(fixture, "bob", "correct horse", "correct horse") == nil)
    }
  }

  @Test(arguments: [
    ("1234567", "Password is too short. Use at least 8 characters"),
    (String(repeating: "x", count: 257), "Password is too long. Use at most 256 characters"),
    ("1234567\u{0}", "Password contains an invisible character (NUL). Type it by hand"),
  ])
  func `a password outside the policy is refused with what to do`(
    password: String, message: String
  ) async throws {
    try await AuthFixture.run { fixture in
      let answer = try await refusal(fixture, "bob", password, password)
      #expect(answer == message)
      #expect(try await fixture.auth.accounts().isEmpty)
    }
  }

  @Test(
    .clause("ASVS 6.2.9", "NIST P3"),
    arguments: [
      "x7#kQ2vp", "🔐🔐🔐🔐🔐🔐🔐🔐", String(repeating: "🔐", count: 256), " blanks at both ends ",
    ])
  func `blanks and emoji are welcome, and nothing is cut`(password: String) async throws {
    try await AuthFixture.run { fixture in
      #expect(try await refusal(fixture, "bob", password, password) == nil)
      _ = try await fixture.logIn("bob", Password(password))
      #expect(try await fixture.isRefused("bob", Password(String(password.dropLast()))))
    }
  }

  @Test func `a password that is typed composed once and decomposed once is the same`() async throws
  {
    try await AuthFixture.run { fixture in
      let (composed, decomposed) = ("caf\u{E9} au lait toujours", "cafe\u{301} au lait toujours")
      #expect(try await refusal(fixture, "bob", composed, decomposed) == nil)
      _ = try await fixture.logIn("bob", Password(decomposed))
    }
  }

  @Test(arguments: [71, 72, 73])
  func `with bcrypt a password of more than 72 bytes is refused aloud`(length: Int) async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.schemes = [Bcrypt(cost: 4)]
    try await AuthFixture.run(configuration) { fixture in
      let password = String(repeating: "b", count: length)
      let message = try await refusal(fixture, "bob", password, password)
      if length <= 72 {
        #expect(message == nil)
      } else {
        #expect(message?.contains("at most 72 bytes") == true)
      }
    }
  }

  @Test func `1,000 parallel registrations of one name give 1 account and 999 plain refusals`()
    async throws
  {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.maximumWaitingHashes = 1000
    try await AuthFixture.run(configuration) { fixture in
      let results = try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 0..<1000 {
          group.addTask {
            let outcome = try await fixture.auth.register(
              username: number.isMultiple(of: 2) ? "racer" : "RACER",
              password: AuthFixture.password, confirmation: AuthFixture.password)
            return if case .refused(let refusal) = outcome { refusal.message } else { nil }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count { $0 == nil } == 1)
      #expect(results.count { $0?.contains("is already registered") == true } == 999)
      #expect(try await fixture.auth.accounts().count == 1)
    }
  }

  @Test func `a password that a login would refuse for its bytes cannot be chosen`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.passwordPolicy.maximumLength = 1024
    try await AuthFixture.run(configuration) { fixture in
      // Three scalars and nine bytes as typed, one scalar composed.
      for (count, fits) in [(455, true), (456, false)] {
        let password = String(repeating: "\u{1112}\u{1161}\u{11AB}", count: count)
        let message = try await refusal(fixture, "u\(count)", password, password)
        #expect(message?.contains("at most 4096 bytes") == (fits ? nil : true))
        if fits { _ = try await fixture.logIn("u\(count)", Password(password)) }
      }
    }
  }
}
