import Clauses
import Dispatch
import Foundation
import HTTPTypes
import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct LoginStormTests {
  /// Row 40: in the seed seven logins made another person's page wait for six seconds. Here every
  /// lane is held, and pages are read all the same. Nothing is timed: were hashing on the event
  /// loops or in the cooperative pool, the pages would wait for ever.
  @Test(.clause("ASVS 15.4.4")) func `pages are answered while every hashing lane is held`()
    async throws
  {
    let gate = Gate(Argon2id(memoryKiB: 8, passes: 1))
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.schemes = [gate]
    configuration.hashingLanes = 32
    configuration.maximumWaitingHashes = 64
    // They would stop the storm after ten.
    configuration.throttling = .off
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: configuration)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      let router = try auth.router()
      router.get("/protected") { _, context in context.account.username }
      try await Application(router: router, logger: auth.logger).test(.live) { client in
        let browser = Browser(client, origin: "http://localhost:\(client.port ?? 0)")
        guard
          case .loggedIn(let started) = try await auth.login(
            username: "alice", password: Password("correct horse"))
        else {
          Issue.record("alice cannot log in")
          return
        }
        browser.cookies = ["latchkey": started.token.cookieValue]
        gate.close()
        let storm = (0..<64).map { _ in
          Task { try await auth.login(username: "alice", password: Password("wrong horse")) }
        }
        for _ in 0..<32 { await gate.held() }
        for _ in 0..<50 {
          #expect(try await browser.open("/protected").body == "alice")
        }
        gate.open(64)
        for login in storm { _ = try await login.value }
      }
      try await auth.store.close()
    }
  }

  /// A scheme whose verification waits until it is let go.
  private final class Gate: PasswordScheme {
    private let base: Argon2id
    private let entered = DispatchSemaphore(value: 0)
    private let release = DispatchSemaphore(value: 0)
    private let isClosed = Flag()

    init(_ base: Argon2id) {
      self.base = base
    }

    func close() { isClosed.set() }

    func open(_ count: Int) {
      for _ in 0..<count { release.signal() }
    }

    /// Returns when one more verification is being held.
    func held() async {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          self.entered.wait()
          continuation.resume()
        }
      }
    }

    var name: String { base.name }
    var work: PasswordWork { base.work }
    var maximumPasswordBytes: Int? { nil }
    func work(of hash: PasswordHash) -> PasswordWork? { base.work(of: hash) }
    func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
      base.spend(work, on: password)
    }

    func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
      try base.hash(password, random: random)
    }

    func hash(
      _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
    ) -> PasswordHash? {
      if isClosed.isSet {
        entered.signal()
        release.wait()
      }
      return base.hash(password, like: other, likeOthers: likeOthers)
    }
  }
}
