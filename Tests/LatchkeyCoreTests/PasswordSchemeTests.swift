import LatchkeyCore
import Testing

@Suite struct PasswordSchemeTests {
  static let schemes: [any PasswordScheme] = [
    Argon2id(memoryKiB: 64, passes: 1), Bcrypt(cost: 4),
  ]

  @Test(arguments: 0..<2)
  func `a hash verifies its password and no other`(index: Int) throws {
    let scheme = Self.schemes[index]
    let hash = try scheme.hash(Array("pâssé✓".utf8), random: .system)
    #expect(scheme.work(of: hash) == scheme.work)
    #expect(scheme.verify(Array("pâssé✓".utf8), against: hash, likeOthers: false))
    #expect(!scheme.verify(Array("pâssé".utf8), against: hash, likeOthers: false))
    #expect(!scheme.verify([], against: hash, likeOthers: false))
  }

  @Test(arguments: 0..<2)
  func `two hashes of one password differ`(index: Int) throws {
    let scheme = Self.schemes[index]
    let (first, second) = (
      try scheme.hash([1, 2, 3], random: .system), try scheme.hash([1, 2, 3], random: .system)
    )
    #expect(first != second)
  }

  @Test func `hashes of different sizes at the same time do not mix`() async throws {
    let schemes = [8, 64, 1024, 8].map { Argon2id(memoryKiB: $0, passes: 1, lanes: 1) }
    try await withThrowingTaskGroup { group in
      for number in 0..<64 {
        group.addTask {
          let scheme = schemes[number % schemes.count]
          let password = Array("password \(number)".utf8)
          let hash = try scheme.hash(password, random: .system)
          #expect(scheme.verify(password, against: hash, likeOthers: false))
          #expect(!scheme.verify(password + [0], against: hash, likeOthers: false))
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `argon2id verifies the reference implementation's own vector`() {
    // From libargon2's test.c: version 19, t=2, m=2^16, p=1, "password", salt "somesalt".
    let hash = PasswordHash(
      text: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
        + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
    #expect(Argon2id().verify(Array("password".utf8), against: hash, likeOthers: true))
    #expect(!Argon2id().verify(Array("passwore".utf8), against: hash, likeOthers: true))
  }

  @Test(arguments: ["$2a$05$", "$2b$05$", "$2y$05$"])
  func `bcrypt verifies the known vector under each of its names`(prefix: String) {
    // crypt_blowfish's wrapper.c, set_2: setting $2a$05$CCCCCCCCCCCCCCCCCCCCC., phrase "U*U".
    let hash = PasswordHash(
      text: prefix + "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
    #expect(Bcrypt().verify(Array("U*U".utf8), against: hash, likeOthers: true))
    #expect(!Bcrypt().verify(Array("U*V".utf8), against: hash, likeOthers: true))
  }

  @Test(arguments: [71, 72, 73, 1000])
  func `bcrypt makes no hash of a password that it would cut`(length: Int) throws {
    let password = Array(repeating: UInt8(ascii: "b"), count: length)
    if length <= 72 {
      let hash = try Bcrypt(cost: 4).hash(password, random: .system)
      #expect(Bcrypt().verify(password, against: hash, likeOthers: false))
    } else {
      #expect(throws: PasswordHashingError.passwordNotSupported) {
        try Bcrypt(cost: 4).hash(password, random: .system)
      }
    }
    #expect(throws: PasswordHashingError.passwordNotSupported) {
      try Bcrypt(cost: 4).hash([1, 0, 2], random: .system)
    }
  }

  @Test(arguments: [73, 100, 1000])
  func `another system's bcrypt hash of a longer password still verifies`(length: Int) throws {
    let seen = Array(repeating: UInt8(ascii: "b"), count: 72)
    let whole = Array(repeating: UInt8(ascii: "b"), count: length)
    let hash = try Bcrypt(cost: 4).hash(seen, random: .system)
    #expect(Bcrypt().verify(whole, against: hash, likeOthers: true))
    #expect(!Bcrypt().verify(whole, against: hash, likeOthers: false), "but not our own")
    #expect(!Bcrypt().verify(Array("b".utf8) + [0], against: hash, likeOthers: true))
  }

  @Test(arguments: [
    "", "*", "*0", "$2b$", "$2b$12$",
    "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW$",
    "$2b$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe\0",
    "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=4000000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZW",
    "$argon2id$v=19$m=65536,t=2,p=200$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=2,p=1$$", "$argon2id$v=19$m=-1,t=2,p=1$c2FsdA$aGFzaA",
    "$argon2id$v=19$m=65536,t=2$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "plain text", "$1$salt$hash",
  ])
  func `a malformed, unknown or too costly hash never verifies`(text: String) {
    let hash = PasswordHash(text: text)
    for scheme in [Argon2id(), Bcrypt()] as [any PasswordScheme] {
      #expect(scheme.work(of: hash) == nil)
      #expect(!scheme.verify(Array("password".utf8), against: hash, likeOthers: true))
    }
  }
}
