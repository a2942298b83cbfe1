import Clauses
import Foundation
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// What a password must be where one is chosen.
@Suite struct PasswordRulesTests {
  /// Why the password is refused, nil when it is not. The same rule stands at each door.
  private func problem(
    _ fixture: AuthFixture, _ password: String, username: String = "wilhelmina"
  ) async throws -> PasswordProblem? {
    guard let account = try await fixture.auth.account(named: username) else {
      throw NoAccount()
    }
    return try await fixture.auth.setPassword(Password(password), for: account)
  }

  private func check(
    _ fixture: AuthFixture, _ password: String, is expected: PasswordProblem?,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await problem(fixture, password)
    #expect(found == expected, sourceLocation: location)
  }

  private struct NoAccount: Error {}

  private func withAccount(
    _ configuration: LocalAuth.Configuration = .fastHashing,
    _ body: (AuthFixture) async throws -> Void
  ) async throws {
    try await AuthFixture.run(configuration) { fixture in
      guard
        case .registered = try await fixture.auth.addAccount(
          username: "wilhelmina", password: Password("a long and quiet evening"))
      else { throw NoAccount() }
      try await body(fixture)
    }
  }

  @Test(
    .clause("ASVS 6.2.4", "ASVS 6.2.12", "NIST P12"),
    arguments: [
      "password", "PASSWORD", "Passw0rd", "12345678", "iloveyou", "sunshine", "Sunshine1999",
      "sunshine!", "football123", "password ", " password", "!password", "  !sunshine7 ",
      "password123456789", "iloveyou!!!!!!!!!", "123456789012345678", "12345678 ",
      "passwordpassword", "sunshinesunsh", "\u{A0}password", "princess!!!", "ｐａｓｓｗｏｒｄ",
      "qwertyuiop", "trustno1",
    ])
  func `common passwords are refused, in any case and with a tail of digits`(password: String)
    async throws
  {
    try await withAccount { fixture in
      try await check(fixture, password, is: .common)
    }
  }

  @Test(
    .clause("NIST P12", "ASVS 6.2.5"),
    arguments: [
      "sunshine over the harbour", "my password is long", "x7#kQ2vp", "tr0ub4dor-and-three",
      "sunshine2019482716",
    ])
  func `what only has a common word in it is fine`(password: String) async throws {
    try await withAccount { fixture in
      try await check(fixture, password, is: nil)
    }
  }

  @Test(
    .clause("ASVS 6.2.11"),
    arguments: [
      "wilhelmina", "Wilhelmina1", "WILHELMINA2026", "wilhelminawilhelmina", "latchkey1",
      "!!Latchkey", "!wilhelmina!",
    ])
  func `the account's name and the app's are no passwords`(password: String) async throws {
    try await withAccount { fixture in
      guard case .consistsOf = try await problem(fixture, password) else {
        Issue.record("\(password) was accepted")
        return
      }
    }
  }

  @Test(arguments: ["wilhelmina likes tea", "the latchkey is under the mat"])
  func `a phrase that has the name in it is fine`(password: String) async throws {
    try await withAccount { fixture in
      try await check(fixture, password, is: nil)
    }
  }

  @Test func `the site's own words are added to the rule`() async throws {
    try await withAccount { fixture in
      let auth = fixture.auth.refusingPasswords(consistingOf: "Harbour Books")
      let account = try #require(try await auth.account(named: "wilhelmina"))
      #expect(
        try await auth.setPassword(Password("harbour books 1"), for: account)
          == .consistsOf("Harbour Books"))
    }
  }

  @Test(.clause("NIST P1"))
  func `strict asks for fifteen characters`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.passwordPolicy = .strict
    try await withAccount(configuration) { fixture in
      try await check(fixture, "fourteen chars", is: .tooShort(minimum: 15))
      try await check(fixture, "fifteen charact", is: nil)
    }
  }

  @Test func `an operator's list is refused as well, and may be large`() async throws {
    try await withTemporaryDatabase { path in
      let list = path + ".list"
      try Data("harbour lights\nquiet evening\n".utf8).write(to: URL(fileURLWithPath: list))
      var configuration = LocalAuth.Configuration.fastHashing
      configuration.passwordPolicy.blocklists.append(try PasswordList(contentsOf: list))
      try await withAccount(configuration) { fixture in
        try await check(fixture, "Harbour Lights", is: .common)
        try await check(fixture, "quiet evening7", is: .common)
        try await check(fixture, "harbour light", is: nil)
      }
    }
  }

  @Test(arguments: ["b\na\n", "a\nb\nab\n"])
  func `a list that cannot be searched is refused at the start`(text: String) async throws {
    try await withTemporaryDatabase { path in
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: InvalidSettingError.self) { try PasswordList(contentsOf: path) }
      #expect(throws: InvalidSettingError.self) { try PasswordList(contentsOf: path + ".none") }
    }
  }

  @Test func `a shortest password that cannot be had is refused at the start`() async throws {
    try await withTemporaryDatabase { path in
      var configuration = LocalAuth.Configuration.fastHashing
      configuration.passwordPolicy.minimumLength = 300
      await #expect(throws: InvalidSettingError.self) {
        try await LocalAuth(.sqlite(path), configuration: configuration)
      }
      configuration.schemes = [Bcrypt(cost: 4)]
      configuration.passwordPolicy.minimumLength = 73
      await #expect(throws: InvalidSettingError.self) {
        try await LocalAuth(.sqlite(path), configuration: configuration)
      }
    }
  }

  @Test(.clause("ASVS 6.2.10", "NIST P7"))
  func `a password works for as long as nobody changes it`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      fixture.clock.advance(by: .seconds(5 * 365 * 24 * 3600))
      _ = try await fixture.logIn("alice")
    }
  }
}
