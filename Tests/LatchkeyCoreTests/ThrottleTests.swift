import Clauses
import GRDB
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// Guessing does not pay, and locking others out does not work.
@Suite struct ThrottleTests {
  private static let wrong = Password("wrong horse")

  /// Asked for by a browser at that address.
  private func at(_ address: String, _ fixture: AuthFixture) -> LocalAuth {
    fixture.auth.asked(by: .client(ClientDescription(address: address)))
  }

  /// Guesses once; how long the answer says to wait, nil when the guess was made.
  private func guess(
    _ auth: LocalAuth, _ name: String = "alice", device: DeviceTokens = DeviceTokens()
  ) async throws -> Throttled? {
    switch try await auth.login(username: name, password: Self.wrong, device: device) {
    case .throttled(let wait): wait
    case .refused: nil
    case .disabled, .loggedIn: throw Surprise()
    }
  }

  /// Guesses once, and does not have to wait.
  private func makeGuess(
    _ auth: LocalAuth, _ name: String = "alice", device: DeviceTokens = DeviceTokens(),
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let wait = try await guess(auth, name, device: device)
    #expect(wait == nil, sourceLocation: location)
  }

  private struct Surprise: Error {}

  @Test(.clause("ASVS 6.3.1", "NIST P16", "NIST R4"))
  func `ten failures are free, then the wait doubles from half a minute to an hour`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      for _ in 0..<10 { try await makeGuess(fixture.auth) }
      var waits: [Int] = []
      for _ in 0..<10 {
        let wait = try #require(try await guess(fixture.auth))
        waits.append(wait.retryAfterSeconds)
        // A millisecond before the time it is still too early, and the question costs nothing more.
        fixture.clock.advance(by: .seconds(wait.retryAfterSeconds) - .milliseconds(1))
        #expect(try await guess(fixture.auth)?.retryAfterSeconds == 1)
        fixture.clock.advance(by: .milliseconds(1))
        try await makeGuess(fixture.auth)
      }
      #expect(waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
    }
  }

  @Test(.clause("ASVS 6.3.1", "ASVS 15.4.2"))
  func `a hundred guesses at the same moment are not one`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 { group.addTask { try await guess(fixture.auth) == nil } }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(made == 10)
    }
  }

  @Test(.clause("ASVS 6.3.8"), arguments: ["alice", "nobody", "disabled", "", "no name at all!"])
  func `the answers to guesses are the same for every name, and so is the work`(name: String)
    async throws
  {
    let log = WorkLog()
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.schemes = [CountingScheme(Argon2id(memoryKiB: 8, passes: 1), log)]
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("alice")
      try await fixture.auth.setEnabled(false, for: try await fixture.register("disabled"))
      _ = log.drain()
      var waits: [Int?] = []
      for _ in 0..<12 {
        let wait = try await guess(fixture.auth, name)
        waits.append(wait?.retryAfterSeconds)
        // Who has to wait costs no hash: it would be a gift to whoever wants to keep us busy.
        #expect(log.drain().count == (wait == nil ? 1 : 0))
      }
      #expect(waits == Array(repeating: nil, count: 10) + [30, 30])
    }
  }

  @Test(.clause("ASVS 6.3.8"))
  func `a right password is not looked at while the name has to wait`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      for _ in 0..<10 { _ = try await guess(fixture.auth) }
      guard
        case .throttled = try await fixture.auth.login(
          username: "alice", password: AuthFixture.password)
      else {
        Issue.record("the password was looked at")
        return
      }
      fixture.clock.advance(by: .seconds(30))
      _ = try await fixture.logIn("alice")
    }
  }

  /// Row 9.
  @Test func `letter case and Unicode form are no way around`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      for name in ["alice", "ALICE", "Ａｌｉｃｅ", " alice "] + Array(repeating: "aLiCe", count: 6) {
        try await makeGuess(fixture.auth, name)
      }
      #expect(try await guess(fixture.auth, "Alice") != nil)
    }
  }

  /// Row 10.
  @Test(.clause("NIST R5"))
  func `a success clears the count of its own pair and no other`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      try await fixture.register("mallory")
      let address = at("192.0.2.1", fixture)
      for _ in 0..<9 { try await makeGuess(address, "alice") }
      for _ in 0..<9 { try await makeGuess(address, "mallory") }
      _ = try await address.login(username: "mallory", password: AuthFixture.password)
      let counts = try await fixture.auth.throttles()
      #expect(counts.first { $0.kind == .address }?.count.failures == 18)
      #expect(counts.filter { $0.kind == .account }.map(\.count.failures) == [9])
    }
  }

  @Test(.clause("ASVS 6.1.1", "ASVS 6.3.1", "ASVS 8.2.4"))
  func `strangers do not lock the owner's own browser out`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let known = try await fixture.logIn("alice").device
      for _ in 0..<10 { _ = try await guess(fixture.auth) }
      #expect(try await guess(fixture.auth) != nil)
      let again = try await fixture.logIn("alice", device: known)
      // Each login changes the token, and only the newest is good for anything.
      #expect(try await guess(fixture.auth, device: known) != nil)
      try await makeGuess(fixture.auth, device: again.device)
    }
  }

  @Test(.clause("NIST R4"))
  func `whoever has a known browser's cookie has ten guesses, too`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      let known = try await fixture.logIn("alice").device
      for _ in 0..<10 { try await makeGuess(fixture.auth, device: known) }
      #expect(try await guess(fixture.auth, device: known) != nil)
      try await makeGuess(fixture.auth)
    }
  }

  @Test(.clause("NIST R5", "ASVS 6.3.1"))
  func `a login to another account does not make a browser's guesses forgotten`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      try await fixture.register("mallory")
      var device = try await fixture.logIn("alice").device
      for round in 0..<5 {
        device = try await fixture.logIn("mallory", device: device).device
        for _ in 0..<2 { try await makeGuess(fixture.auth, device: device) }
        if round == 4 { #expect(try await guess(fixture.auth, device: device) != nil) }
      }
      device = try await fixture.logIn("mallory", device: device).device
      #expect(try await guess(fixture.auth, device: device) != nil)
      let counted = try await fixture.auth.throttles().filter { $0.kind == .knownBrowser }
      #expect(counted.map(\.count.failures) == [10])
    }
  }

  @Test func `whoever has stolen a browser's tokens cannot make the browser unknown`() async throws
  {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      try await fixture.register("mallory")
      let owner = try await fixture.logIn("alice")
      // The thief logs in to an account of his own with what he has stolen.
      let stolen = try await fixture.logIn("mallory", device: owner.device).device
      for _ in 0..<10 { try await makeGuess(fixture.auth) }
      #expect(try await guess(fixture.auth) != nil)
      let again = try await fixture.logIn("alice", device: owner.device)
      // And with the owner's next login the copy is worth nothing.
      for _ in 0..<2 { #expect(try await guess(fixture.auth, device: stolen) != nil) }
      try await makeGuess(fixture.auth, device: again.device)
    }
  }

  @Test func `a browser has a token for each of the last eight accounts`() async throws {
    try await AuthFixture.run { fixture in
      var device = DeviceTokens()
      for number in 0..<9 {
        try await fixture.register("user\(number)")
        device = try await fixture.logIn("user\(number)", device: device).device
      }
      // A second login of one of them makes no other unknown.
      device = try await fixture.logIn("user4", device: device).device
      let cookie = device.cookieValue
      #expect(cookie.split(separator: ".").count == 8)
      for number in 0..<9 {
        let lookup = try await fixture.store.credentials(
          folded: "user\(number)", devices: DeviceTokens(cookieValue: cookie).digests)
        #expect((lookup.knownBrowser != nil) == (number > 0), "\(number)")
      }
    }
  }

  @Test(arguments: [
    "", ".", "x", "....", String(repeating: "A", count: 44), String(repeating: "A.", count: 300),
    String(repeating: "A", count: 43) + ".x", "\u{1F511}",
  ])
  func `a device cookie of anything is no reason to stumble`(value: String) {
    let tokens = DeviceTokens(cookieValue: value)
    #expect(tokens.digests.count <= (value.hasPrefix("AAA") && value.hasSuffix(".x") ? 1 : 0))
    #expect(DeviceTokens(cookieValue: tokens.cookieValue).digests == tokens.digests)
  }

  @Test func `an account cannot fill the table with browsers`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("mallory")
      for _ in 0..<30 {
        let device = try await fixture.logIn("mallory").device
        try await makeGuess(fixture.auth, "mallory", device: device)
      }
      let counted = try await fixture.auth.throttles().count { $0.kind == .knownBrowser }
      #expect(counted <= KnownBrowser.maximumCount)
    }
  }

  @Test(arguments: [
    "INSERT INTO throttle VALUES ('everyone', 'everyone', 9223372036854775807, 0, 0, 0)",
    "INSERT INTO throttle VALUES ('address', '192.0.2.1', 5, -9223372036854775808, 0, 0)",
    """
    INSERT INTO throttle VALUES ('address', '192.0.2.1', 9223372036854775807,
      9223372036854775807, -9223372036854775808, 0)
    """,
    "INSERT INTO throttle VALUES ('address', '192.0.2.1', 5, 0, 9223372036854775807, 0)",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'audit'",
  ])
  func `a number out of all range in the database stops nobody's server`(sql: String) async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      try await fixture.store.pool.write { try $0.execute(sql: sql) }
      let address = at("192.0.2.1", fixture)
      // An answer or an error, but no end of the process.
      do {
        _ = try await guess(address)
        _ = try await guess(address)
      } catch is StoreUnavailableError {
        #expect(sql.contains("sqlite_sequence"))
      }
    }
  }

  @Test func `a clock that was ahead does not stop the forgiving`() async throws {
    try await AuthFixture.run { fixture in
      fixture.clock.advance(by: .seconds(30 * 24 * 3600))
      let address = at("192.0.2.1", fixture)
      for number in 0..<20 { try await makeGuess(address, "name\(number)") }
      fixture.clock.advance(by: .seconds(-30 * 24 * 3600))
      try await makeGuess(address, "another")
      fixture.clock.advance(by: .seconds(3600))
      for number in 0..<10 { try await makeGuess(address, "later\(number)") }
    }
  }

  @Test(.clause("NIST S5"))
  func `a device token of another account's is a stranger's`() async throws {
    try await AuthFixture.run { fixture in
      try await fixture.register("alice")
      try await fixture.register("mallory")
      let mallorys = try await fixture.logIn("mallory").device
      for _ in 0..<10 { _ = try await guess(fixture.auth) }
      #expect(try await guess(fixture.auth, device: mallorys) != nil)
    }
  }

  @Test(.clause("NIST R1", "NIST R3", "ASVS 6.3.5"))
  func `after a hundred failures only known browsers and recovery work, and the owner is told`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let alice = try await fixture.register("alice")
      let known = try await fixture.logIn("alice").device
      var made = 0
      while made < 100 {
        if let wait = try await guess(fixture.auth) {
          fixture.clock.advance(by: .seconds(wait.retryAfterSeconds))
        } else {
          made += 1
        }
      }
      // From now on every stranger waits, however long it has waited before.
      for _ in 0..<3 {
        fixture.clock.advance(by: .seconds(7200))
        #expect(try await guess(fixture.auth)?.retryAfterSeconds == 3600)
      }
      let owner = try await fixture.logIn("alice", device: known)
      #expect(owner.guesses == 100)

      let code = try await fixture.auth.issueRecovery(for: alice)
      let new = Password("a new horse altogether")
      guard
        case .recovered = try await fixture.auth.recover(
          username: "alice", code: code.text, password: new, confirmation: new)
      else {
        Issue.record("recovery does not work")
        return
      }
      let fresh = try await fixture.logIn("alice", new)
      #expect(fresh.guesses == nil)
    }
  }

  @Test(.clause("ASVS 6.3.1"))
  func `one address has twenty failures, at whatever names, and one more every three minutes`()
    async throws
  {
    try await AuthFixture.run { fixture in
      let address = at("192.0.2.1", fixture)
      for number in 0..<20 { try await makeGuess(address, "name\(number)") }
      #expect(try await guess(address, "another") != nil)
      try await makeGuess(at("192.0.2.2", fixture), "another")
      fixture.clock.advance(by: .seconds(180))
      try await makeGuess(address, "another")
      #expect(try await guess(address, "another") != nil)
      fixture.clock.advance(by: .seconds(24 * 3600))
      for number in 0..<20 { try await makeGuess(address, "other\(number)") }
    }
  }

  /// Row 11.
  @Test func `an IPv6 network of 64 bits is one client`() async throws {
    try await AuthFixture.run { fixture in
      for number in 0..<20 {
        let auth = at("2001:db8:1:2::\(number + 1)", fixture)
        try await makeGuess(auth, "name\(number)")
      }
      #expect(try await guess(at("2001:db8:1:2:ffff::1", fixture), "x") != nil)
      try await makeGuess(at("2001:db8:1:3::1", fixture), "x")
    }
  }

  @Test(.clause("ASVS 6.3.1"))
  func `all strangers together are slowed down, briefly, and known browsers are not`() async throws
  {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.throttling.everyone.free = 30
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("alice")
      let known = try await fixture.logIn("alice").device
      for number in 0..<30 { try await makeGuess(fixture.auth, "name\(number)") }
      let wait = try #require(try await guess(fixture.auth, "another"))
      #expect(wait.retryAfterSeconds <= 5)
      _ = try await fixture.logIn("alice", device: known)
      fixture.clock.advance(by: .seconds(5))
      try await makeGuess(fixture.auth, "another")
    }
  }

  @Test(.clause("ASVS 2.4.1"))
  func `registrations are counted by address, and operators are not`() async throws {
    try await AuthFixture.run { fixture in
      let address = at("192.0.2.1", fixture)
      func register(_ auth: LocalAuth, _ name: String) async throws -> RegisterOutcome {
        try await auth.register(
          username: name, password: AuthFixture.password, confirmation: AuthFixture.password)
      }
      for number in 0..<20 { _ = try await register(address, "name\(number % 10)") }
      guard case .throttled(let wait) = try await register(address, "another") else {
        Issue.record("the twenty-first was let through")
        return
      }
      #expect(wait.retryAfterSeconds == 30)
      guard case .registered = try await register(at("192.0.2.2", fixture), "another") else {
        Issue.record("another address has to wait")
        return
      }
      _ = try await fixture.auth.addAccount(username: "more", password: AuthFixture.password)
    }
  }

  @Test func `the counts survive a restart and hold for every process`() async throws {
    try await withTemporaryDatabase { path in
      for round in 0..<2 {
        let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
        for _ in 0..<5 { try await makeGuess(auth, "nobody") }
        if round == 1 { #expect(try await guess(auth, "nobody") != nil) }
        try await auth.store.close()
      }
    }
  }

  @Test func `an attempt that could not be made is given back`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.hashingLanes = 1
    configuration.maximumWaitingHashes = 0
    configuration.schemes = [Argon2id(memoryKiB: 65_536, passes: 4)]
    try await AuthFixture.run(configuration) { fixture in
      await withTaskGroup { group in
        for _ in 0..<8 { group.addTask { _ = try? await guess(fixture.auth, "nobody") } }
      }
      let refusals = try await fixture.auth.auditRecords().count { $0.entry.event == .loginRefused }
      let counted = try await fixture.auth.throttles().first { $0.kind == .unknownName }
      #expect(counted?.count.failures == refusals)
    }
  }

  @Test func `a clock that was set back keeps nobody waiting for longer than the rule's longest`()
    async throws
  {
    try await AuthFixture.run { fixture in
      for _ in 0..<10 { _ = try await guess(fixture.auth, "nobody") }
      fixture.clock.advance(by: .seconds(-30 * 24 * 3600))
      try await makeGuess(fixture.auth, "nobody")
    }
  }

  @Test func `throttles can be switched off`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.throttling = .off
    try await AuthFixture.run(configuration) { fixture in
      for _ in 0..<30 { try await makeGuess(fixture.auth) }
      #expect(try await fixture.auth.throttles().isEmpty)
    }
  }

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7", "192.0.2.x"), ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.x"),
    ("2001:DB8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
    ("::1", "0:0:0:0::/64", "0:0:0::/48"),
  ])
  func `an address has one spelling`(text: String, network: String, place: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.clientNetwork == network && address.place == place)
  }

  @Test(arguments: [
    "", "192.0.2", "192.0.2.256", "192.0.2.1 ", "192.0.2.1:80", "[::1]", "fe80::1%eth0", "x",
    "1.2.3.4\0", String(repeating: "1", count: 100),
  ])
  func `what is no address is none`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
    ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.129", true),
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
    ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
    ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
    ("::ffff:10.0.0.1", "10.0.0.1", true),
  ])
  func `a range holds the addresses that begin like it`(range: String, address: String, holds: Bool)
    throws
  {
    #expect(try #require(IPRange(range)).contains(try #require(IPAddress(address))) == holds)
  }

  @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "/8", "::/129"])
  func `what is no range is none`(text: String) {
    #expect(IPRange(text) == nil)
  }
}
