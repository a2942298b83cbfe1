import Clauses
import LatchkeyCore
@testable import LatchkeyHummingbird
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// Open pages learn that their session has ended, whoever ended it.
@Suite struct LiveTests {
  private struct Fixture {
    let auth: LocalAuth
    let channel: LiveChannel
    let clock: ManualClock
    let account: Account

    func logIn() async throws -> LiveSession {
      guard let started = try await auth.beginSession(for: account) else { throw NotLoggedIn() }
      return started.live
    }
  }

  private struct NotLoggedIn: Error {}

  private func run(_ body: (Fixture) async throws -> Void) async throws {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let auth = try await LocalAuth(
        .sqlite(path), configuration: .fastHashing, clock: clock.clock)
      guard
        case .registered(let account) = try await auth.addAccount(
          username: "alice", password: Password("correct horse"))
      else { throw NotLoggedIn() }
      try await body(
        Fixture(auth: auth, channel: LiveChannel(auth: auth), clock: clock, account: account))
      try await auth.store.close()
    }
  }

  /// Waits for the end of the session; nil when the stream ends otherwise.
  private func end(of events: AsyncStream<LiveChannel.Event>) async -> LiveChannel.Event? {
    for await event in events {
      if case .ended = event { return event }
    }
    return nil
  }

  @Test(.clause("ASVS 7.4.1", "ASVS 7.4.2", "ASVS 8.3.2"), arguments: 0..<6)
  func `each way in which a session ends ends its pages`(way: Int) async throws {
    try await run { fixture in
      let live = try await fixture.logIn()
      let other = try await fixture.logIn()
      let events = await fixture.channel.listener(to: live, from: "192.0.2.1").events
      switch way {
      case 0: try await fixture.auth.revoke(live.session.id, of: fixture.account)
      case 1: try await fixture.auth.revokeSessions(of: fixture.account, except: other.session.id)
      case 2: try await fixture.auth.setEnabled(false, for: fixture.account)
      case 3: try await fixture.auth.delete(fixture.account)
      case 4:
        #expect(
          try await fixture.auth.setPassword(
            Password("a new horse altogether"), for: fixture.account) == nil)
      default: fixture.clock.advance(by: .seconds(7 * 24 * 3600))
      }
      #expect(await end(of: events) != nil)
    }
  }

  @Test func `a session that ended before the page was open is told at once`() async throws {
    try await run { fixture in
      let live = try await fixture.logIn()
      try await fixture.auth.revoke(live.session.id)
      #expect(await end(of: fixture.channel.listener(to: live, from: "").events) != nil)
    }
  }

  @Test(.clause("ASVS 15.2.2"))
  func `an account has twenty streams, and one that ends makes room`() async throws {
    try await run { fixture in
      var open: [LiveChannel.Listener] = []
      for _ in 0..<20 {
        let live = try await fixture.logIn()
        open.append(await fixture.channel.listener(to: live, from: "192.0.2.1"))
      }
      let live = try await fixture.logIn()
      #expect(!fixture.channel.hasRoom(for: live, from: "192.0.2.2"))
      #expect(await end(of: fixture.channel.listener(to: live, from: "192.0.2.2").events) == nil)
      // Whether it is dropped or its client has gone.
      open.removeLast()
      #expect(fixture.channel.hasRoom(for: live, from: "192.0.2.2"))
      open.append(await fixture.channel.listener(to: live, from: "192.0.2.2"))
      #expect(!fixture.channel.hasRoom(for: live, from: "192.0.2.2"))
      open[0].leave()
      #expect(fixture.channel.hasRoom(for: live, from: "192.0.2.2"))
    }
  }

  @Test(
    .clause("ASVS 4.1.3", "ASVS 15.3.4"),
    arguments: [
      // Nobody is believed without a configured proxy.
      ("", "203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
      ("10.0.0.0/8", "203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
      ("10.0.0.0/8", "10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
      // What the client itself wrote stands on the left.
      ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
      ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6", "192.0.2.1, 10.0.0.2"], "192.0.2.1"),
      ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6, garbage"], "10.0.0.1"),
      ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6,, 10.0.0.2"], "10.0.0.2"),
      ("10.0.0.0/8", "10.0.0.1", [], "10.0.0.1"),
      ("10.0.0.0/8", "::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8:0:0:0:0:0:1"),
    ])
  func `a forwarded address is read from the right, as far as our proxies wrote it`(
    proxies: String, peer: String, forwarded: [String], address: String
  ) throws {
    var site = Site()
    site.proxies = proxies.split(separator: ",").compactMap { IPRange($0) }
    #expect(site.clientAddress(peer: peer, forwarded: forwarded) == address)
  }

  @Test(arguments: [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
    (
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"
    ),
    (
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
        + "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"
    ),
    (
      "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
        + "Mobile Safari/537.36", "Chrome on Android"
    ),
    ("curl/8.5.0", "curl"), ("", "An unknown browser"), ("<script>", "An unknown browser"),
  ])
  func `a browser is named as its owner knows it`(header: String, name: String) {
    #expect(UserAgent.spoken(header) == name)
  }
}
