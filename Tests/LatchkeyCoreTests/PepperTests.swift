import Clauses
import Foundation
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

@Suite struct PepperTests {
  private static let first = key("k1", 1)
  private static let second = key("k2", 2)
  private static let bases: [any PasswordScheme] = [
    Argon2id(memoryKiB: 64, passes: 1), Bcrypt(cost: 4),
  ]

  private static func key(_ id: String, _ byte: UInt8) -> Pepper {
    guard let pepper = try? Pepper(id: id, key: Array(repeating: byte, count: 32)) else {
      preconditionFailure("a key of 32 bytes is one")
    }
    return pepper
  }

  @Test(.clause("NIST P24"), arguments: 0..<2)
  func `a hash needs the key it was made with`(index: Int) throws {
    let base = Self.bases[index]
    let password = Array("correct horse".utf8)
    let scheme = Peppered(base, with: Self.first)
    let hash = try scheme.hash(password, random: .system)
    #expect(hash.text.hasPrefix("$hmac-sha256$k1$"))
    #expect(scheme.work(of: hash) == scheme.work)
    #expect(scheme.verify(password, against: hash, likeOthers: false))
    #expect(!scheme.verify(Array("wrong horse".utf8), against: hash, likeOthers: false))
    let others: [any PasswordScheme] = [
      base, Peppered(base, with: Self.second), Peppered(base, with: Self.key("k1", 9)),
      Peppered(Self.bases[1 - index], with: Self.first),
    ]
    for other in others {
      #expect(!other.verify(password, against: hash, likeOthers: false))
    }
    // Nor is it a hash of the password once the front is taken away.
    let bare = PasswordHash(text: String(hash.text.dropFirst("$hmac-sha256$k1".count)))
    #expect(!base.verify(password, against: bare, likeOthers: true))
  }

  @Test(arguments: 0..<2)
  func `what is damaged is no hash`(index: Int) throws {
    let scheme = Peppered(Self.bases[index], with: Self.first)
    let text = try scheme.hash(Array("correct horse".utf8), random: .system).text
    for damaged in [
      "\(text)A", "\(text.dropLast())", "$\(text)", "\(text)$",
      text.replacing("$k1", with: "$k1$k1"),
      text.replacing("k1", with: "K1"), "$hmac-sha256$k1", "$hmac-sha256$k1$",
      "$hmac-sha256$k1$2b$04$",
      "$hmac-sha256$k1$2b$04$" + String(repeating: "é", count: 27),
      "$hmac-sha256$k1$2😀×14abc", "$hmac-sha256$k1$2" + String(repeating: "😀", count: 14) + "abc",
      "$hmac-sha256$k1$2" + String(repeating: "😀", count: 14) + "$ab",
    ] {
      #expect(scheme.work(of: PasswordHash(text: damaged)) == nil, "\(damaged)")
    }
  }

  @Test func `bcrypt takes passwords of any length with it, and all of their bytes count`() throws {
    let scheme = Peppered(Bcrypt(cost: 4), with: Self.first)
    #expect(scheme.maximumPasswordBytes == nil)
    let long = Array(repeating: UInt8(ascii: "x"), count: 200)
    let hash = try scheme.hash(long, random: .system)
    #expect(scheme.verify(long, against: hash, likeOthers: false))
    #expect(!scheme.verify(long.dropLast() + [0], against: hash, likeOthers: false))
  }

  @Test(.clause("NIST P24"), arguments: 0..<2)
  func `a new key replaces the old one as people log in`(index: Int) async throws {
    let base = Self.bases[index]
    try await withTemporaryDatabase { path in
      func auth(_ schemes: [any PasswordScheme]) async throws -> LocalAuth {
        var configuration = LocalAuth.Configuration.fastHashing
        configuration.schemes = schemes
        return try await LocalAuth(.sqlite(path), configuration: configuration)
      }
      func logsIn(_ auth: LocalAuth) async throws -> Bool {
        let outcome = try await auth.login(username: "alice", password: AuthFixture.password)
        if case .loggedIn = outcome { return true }
        return false
      }
      func works(_ auth: LocalAuth) async throws -> [String] {
        try await auth.store.credentials(folded: "alice", devices: []).worksInUse.map(\.rawValue)
      }
      let plain = try await auth([base])
      _ = try await plain.addAccount(username: "alice", password: AuthFixture.password)
      let (one, two) = (Peppered(base, with: Self.first), Peppered(base, with: Self.second))
      let peppered = try await auth([one, base])
      #expect(try await logsIn(peppered))
      #expect(try await works(peppered) == [one.work.rawValue])
      #expect(try await logsIn(peppered))
      #expect(try await !logsIn(plain))
      let rotated = try await auth([two, one, base])
      #expect(try await logsIn(rotated))
      #expect(try await works(rotated) == [two.work.rawValue])
      #expect(try await !logsIn(peppered))
      // Back, and without a pepper again.
      #expect(try await logsIn(try await auth([base, two])))
      #expect(try await logsIn(plain))
      for auth in [plain, peppered, rotated] { try await auth.store.close() }
    }
  }

  @Test(.clause("NIST P24"))
  func `every login costs the same while two keys are in use`() async throws {
    let log = WorkLog()
    var configuration = LocalAuth.Configuration()
    let (one, two) = (
      Peppered(Self.bases[0], with: Self.first), Peppered(Self.bases[0], with: Self.second)
    )
    configuration.schemes = [CountingScheme(two, log), CountingScheme(one, log)]
    try await AuthFixture.run(configuration) { fixture in
      try await fixture.register("new")
      let old = try one.hash(Array("correct horse".utf8), random: .system)
      for name in ["old", "older"] {
        _ = try await fixture.auth.importAccounts([
          ForeignAccount(
            origin: "1", username: name, hash: old, isEnabled: true, isHashOfReceivedBytes: false)
        ])
      }
      _ = log.drain()
      for (name, password) in [
        ("new", "wrong"), ("old", "wrong"), ("nobody", "wrong"), ("new", "correct horse"),
        ("old", "correct horse"),
      ] {
        _ = try await fixture.auth.login(username: name, password: Password(password))
        #expect(
          log.drain().map(\.rawValue).sorted() == [one.work.rawValue, two.work.rawValue], "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("", 32), ("K1", 32), ("k 1", 32), ("k$1", 32), ("abcdefghijklmnopq", 32), ("k1", 31),
  ])
  func `a key without a plain ID, or too short, is none`(id: String, count: Int) {
    #expect(throws: InvalidPepperError.self) {
      try Pepper(id: id, key: Array(repeating: 7, count: count))
    }
  }

  @Test func `a key never prints`() {
    #expect("\(Self.first)" == "Pepper(k1)")
    #expect(!String(reflecting: Self.first).contains("1, 1"))
    #expect(Mirror(reflecting: Self.first).children.isEmpty)
  }
}
