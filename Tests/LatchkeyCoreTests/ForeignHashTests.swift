import Foundation
import LatchkeyCore
import Testing

/// Hashes that other systems' own libraries have made (Tests/Fixtures/make-password-hashes.py).
@Suite struct ForeignHashTests {
  struct Vector: Decodable, CustomTestStringConvertible {
    let library: String
    let format: String
    let password: String
    let hash: String

    var testDescription: String { "\(library), \(format), \(password.count) characters" }
  }

  static let vectors: [Vector] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../Fixtures/password-hashes.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Vector].self, from: data)) ?? []
  }()

  private static let hasher = PasswordHasher(
    schemes: [Argon2id(memoryKiB: 64, passes: 1), Bcrypt(cost: 4)],
    lanes: HashingLanes(count: 2, maximumWaiting: 1000))

  private static let argon2End =
    "$MDEyMzQ1Njc4OWFiY2RlZg$+ZM6qIHKWUY4ZEkMSTQpzAefvkLMgPC7fLokalwJpuI"

  private static func stored(_ text: String) -> StoredPassword {
    StoredPassword(hash: PasswordHash(foreign: text), isImported: true)
  }

  @Test func `there are vectors of at least eight libraries`() {
    let libraries = Set(Self.vectors.map { $0.library.prefix { $0 != " " } })
    #expect(libraries.count >= 8, "\(libraries.sorted())")
  }

  @Test(arguments: vectors)
  func `another system's hash verifies its password and no other`(vector: Vector) async throws {
    let stored = Self.stored(vector.hash)
    #expect(Self.hasher.work(of: stored.hash) != nil)
    #expect(try await Self.hasher.verify(Password(vector.password), against: stored))
    for wrong in ["", "x" + vector.password, String(vector.password.uppercased())] {
      #expect(try await !Self.hasher.verify(Password(wrong), against: stored), "\(wrong)")
    }
  }

  @Test(arguments: vectors)
  func `a login needs no more than how a hash was made`(vector: Vector) async throws {
    let stored = Self.stored(vector.hash)
    let computed = try await Self.hasher.compute(
      Password(vector.password), like: PasswordSetting(of: stored), worksInUse: [])
    #expect(computed.hash == stored.hash)
    #expect(computed.upgrade != nil && computed.upgrade?.isImported == false)
  }

  @Test(arguments: vectors)
  func `what is kept can be read again`(vector: Vector) {
    let kept = PasswordHash(foreign: vector.hash)
    #expect(PasswordHash(foreign: kept.text) == kept)
  }

  /// Of each vector: cut, with another alphabet, with more behind it.
  @Test(arguments: vectors)
  func `a damaged hash is refused before anything is computed`(vector: Vector) {
    let text = vector.hash
    var damaged: [String] = [
      "\(text.dropLast(text.hasSuffix("=") ? 3 : 1))", "\(text.prefix(text.count / 2))",
      "\(text.dropFirst())", "\(text)A", "\(text)$", "\(text)\n", " \(text)",
      "\(text.dropLast(8))!!!!!!!!", "\(text.dropLast(4))ÄÖÜß",
    ]
    damaged.append(text + String(repeating: "A", count: 100_000))
    // Base64 of bytes alone has no length that tells: a shorter digest is a digest, and never the same.
    if vector.library.hasPrefix("ASP.NET") { damaged.removeFirst(4) }
    for text in damaged {
      #expect(Self.hasher.work(of: PasswordHash(foreign: text)) == nil, "\(text.prefix(200))")
    }
  }

  private static let hostile: [String] = [
    // PBKDF2, as each system writes it
    "pbkdf2_sha256$4000001$salt$GACTFZHFzX+UDgGANuVBtr8Ok49sRZ79hO3sV6ZHzdY=",
    "pbkdf2_sha256$99999999999$salt$GACTFZHFzX+UDgGANuVBtr8Ok49sRZ79hO3sV6ZHzdY=",
    "pbkdf2_sha256$0$salt$GACTFZHFzX+UDgGANuVBtr8Ok49sRZ79hO3sV6ZHzdY=",
    "pbkdf2_sha256$-1$salt$GACTFZHFzX+UDgGANuVBtr8Ok49sRZ79hO3sV6ZHzdY=",
    "pbkdf2_sha256$1000$$GACTFZHFzX+UDgGANuVBtr8Ok49sRZ79hO3sV6ZHzdY=",
    "pbkdf2:sha256:4000001$salt$a54d2594eca22fdbfbdd75c18afefa4e162f162228cbe905da6b6ace0514a398",
    "pbkdf2:sha256$salt$a54d2594eca22fdbfbdd75c18afefa4e162f162228cbe905da6b6ace0514a398",
    "pbkdf2:md5:1000$salt$a54d2594eca22fdbfbdd75c18afefa4e",
    "$pbkdf2-sha256$4000001$SgkBQMhZixFC6L03hvCekw$FZjdydlZYJ.03XUPhm7dJ9wYfXkT1.0NO1U/wrP8Ra0",
    "$pbkdf2-sha256$i=4000001,l=32$c2FsdHNhbHQ$FZjdydlZYJ+03XUPhm7dJ9wYfXkT1+0NO1U/wrP8Ra0",
    "$pbkdf2-sha256$i=1000,l=31$c2FsdHNhbHQ$FZjdydlZYJ+03XUPhm7dJ9wYfXkT1+0NO1U/wrP8Ra0",
    "AQAAAAF/////AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
    "AQAAAAkAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
    "AQAAAAEAACcQf////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
    "AgAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
    // scrypt: too much memory, too much work, an N that is no power of two
    "$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "$scrypt$ln=16,r=8,p=64$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "$scrypt$ln=63,r=8,p=1$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "$scrypt$ln=4294967295,r=8,p=1$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "$scrypt$ln=0,r=8,p=1$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "$scrypt$r=8,ln=4,p=1$c2FsdHNhbHQ$47nLSfC2TEmDy6j+MggL6aCpc93lPz3MqEb2pyoNG5E",
    "scrypt$1000$salt$8$1$7A218PhdApUJzk4+DtAPrMvjwyCLZjoKBECjDnOKkv3cD/1mPJKtNBGUPMfckJ68LYNQOw==",
    // crypt(3): rounds, costs
    "$5$rounds=1000001$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2",
    "$5$rounds=999999999$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2",
    "$5$rounds=01000$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2",
    "$5$rounds=999$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2",
    "$6$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2",
    "$y$jFT$0123456789abcdef$FckL0.DRM2TcLu8cpWm5VeSXkoG9vaoT7PGDMgIX8iC",
    "$y$/////$0123456789abcdef$FckL0.DRM2TcLu8cpWm5VeSXkoG9vaoT7PGDMgIX8iC",
    "$1$saltstri$95Bg/RfV2QriLpMdLPHK9e",
    "$7$CU..../....saltstring$FckL0.DRM2TcLu8cpWm5VeSXkoG9vaoT",
    // bcrypt behind SHA-256
    "$bcrypt-sha256$v=2,t=2b,r=16$Ink1ISaWxN6uoHUhqMd7OO$3BiY8FRRMmbaNEQ1GqKMbEzr1tAChAq",
    "$bcrypt-sha256$v=3,t=2b,r=4$Ink1ISaWxN6uoHUhqMd7OO$3BiY8FRRMmbaNEQ1GqKMbEzr1tAChAq",
    "$bcrypt-sha256$v=2,t=2x,r=4$Ink1ISaWxN6uoHUhqMd7OO$3BiY8FRRMmbaNEQ1GqKMbEzr1tAChAq",
    "bcrypt_sha256$$2b$31$xhSSNbo57Mm6.d1HELRJauezRnxbxnR/O68d.BBYJakWs1ehIixHy",
    "bcrypt$$2b$31$IOEj3rzc3R8OW9j2WbbupuOM/c9bfUOTO2Aohsb.Tm9fc9x2dPPSa",
    // What is no hash, or none that anybody should trust
    "", "!", "!NnQkcmFuZG9tc3R1ZmZ0aGF0aXNub3RhaGFzaA", "correct horse", "{SHA}",
    "{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "md5$salt$0123456789abcdef0123456789abcdef",
    "sha1$salt$0123456789abcdef0123456789abcdef01234567",
    "rqXexS6ZhobKA", "0123456789abcdef0123456789abcdef", "$", "$$$$", "$$$$$", ":", "::::$$",
  ]

  private static let hostileArgon2: [String] = [
    "$argon2i$v=18$m=64,t=2,p=1",
    "$argon2d$v=19$m=4194304,t=2,p=1",
    "$argon2i$v=19$m=64,t=2,p=1,keyid=QQ",
    "argon2$argon2x$v=19$m=64,t=2,p=1",
  ]

  @Test(arguments: hostile + hostileArgon2.map { $0 + argon2End })
  func `a hostile, too costly or unknown hash never verifies`(text: String) async throws {
    let stored = Self.stored(text)
    #expect(Self.hasher.work(of: stored.hash) == nil)
    #expect(try await !Self.hasher.verify(Password("correct horse"), against: stored))
  }

  @Test func `a bcrypt of the faulty kind is refused`() {
    let text = "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    #expect(Self.hasher.work(of: PasswordHash(foreign: text)) == nil)
  }

  /// A login of a name that nobody has costs what one with such a hash costs.
  @Test(arguments: vectors)
  func `the work of each hash can be spent without it`(vector: Vector) throws {
    let hash = PasswordHash(foreign: vector.hash)
    let verifier = try #require(Self.verifiers.first { $0.work(of: hash) != nil })
    let work = try #require(verifier.work(of: hash))
    let spender = try #require(Self.verifiers.first { $0.spend(work, on: Array("wrong".utf8)) })
    #expect(type(of: spender) == type(of: verifier))
  }

  private static let verifiers: [any PasswordVerifier] =
    [Argon2id(), Bcrypt()] + PasswordHasher.ofOtherSystems
}
