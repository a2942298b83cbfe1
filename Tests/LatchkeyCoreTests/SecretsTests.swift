import Clauses
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// Row 34: no token, password or hash may be printed by accident.
@Suite struct SecretsTests {
  @Test(.clause("ASVS 16.2.5")) func `secrets print as redacted, also inside of other values`()
    async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let started = try await fixture.logIn("alice")
      let credentials = try #require(
        try await fixture.store.credentials(folded: "alice", devices: []).credentials)
      let password = try #require(credentials.password)
      let code = try await fixture.auth.issueRecovery(for: started.account)
      let secrets = [
        started.token.cookieValue, started.device.cookieValue, code.text, password.hash.text,
        "correct horse",
      ]
      let values: [Any] = [
        started.token, started.device, code, AuthFixture.password, credentials, password, started,
        LoginOutcome.loggedIn(started), fixture.auth.hasher, fixture.auth,
      ]
      for value in values {
        var dumped = ""
        dump(value, to: &dumped)
        for text in ["\(value)", String(reflecting: value), dumped] {
          for secret in secrets { #expect(!text.contains(secret)) }
        }
      }
    }
  }

  @Test func `an account carries no hash`() async throws {
    try await AuthFixture.run { fixture in
      let account = try await fixture.register("alice")
      var dumped = ""
      dump(account, to: &dumped)
      #expect(!dumped.contains("argon2"))
    }
  }

  @Test(arguments: [
    "", "x", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
    String(repeating: "A", count: 42) + "B", String(repeating: "A", count: 42) + "=",
    String(repeating: "A", count: 42) + "+", String(repeating: "é", count: 43),
  ])
  func `only the exact text of 32 bytes is a token`(text: String) {
    #expect(SessionToken(cookieValue: text) == nil)
  }
}
