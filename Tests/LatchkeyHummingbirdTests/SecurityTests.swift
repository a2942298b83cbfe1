import Clauses
import HTTPTypes
import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct SecurityTests {
  private static let secure: Site = {
    var site = Site()
    site.origin = Origin("https://example.org")
    return site
  }()

  @Test func `in development the cookie is HttpOnly and SameSite`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let page = try await site.browser.post(
        "/login", ["username": "alice", "password": "correct horse"])
      let cookies = page.headers[values: .setCookie]
      #expect(cookies.count == 2)
      #expect(cookies[0].hasPrefix("latchkey="))
      #expect(cookies[0].hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"))
      #expect(cookies[1].hasPrefix("latchkey-device="))
      #expect(cookies[1].hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"))
      #expect(page.headers[.strictTransportSecurity] == nil)
    }
  }

  @Test(.clause("NIST W3"))
  func `with an https origin the cookie is __Host- and Secure, and HSTS is sent`()
    async throws
  {
    try await SiteFixture.run(Self.secure) { site in
      try await site.register("alice")
      let browser = Browser(site.client, origin: "https://example.org")
      let page = try await browser.post(
        "/login", ["username": "alice", "password": "correct horse"])
      let cookies = page.headers[values: .setCookie]
      #expect(cookies.count == 2 && cookies[1].hasPrefix("__Host-latchkey-device="))
      #expect(cookies[0].hasPrefix("__Host-latchkey="))
      #expect(cookies[0].hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800"))
      #expect(page.headers[.strictTransportSecurity] == "max-age=31536000; includeSubDomains")
      // The development name means nothing here.
      let token = try #require(browser.cookies["__Host-latchkey"])
      let other = Browser(site.client)
      other.cookies = ["latchkey": token]
      #expect(try await other.open("/protected").path.hasPrefix("/login"))
    }
  }

  @Test(arguments: [
    "/", "/login", "/register", "/registered", "/logout", "/protected", "/nope", "/health",
  ])
  func `every answer has the security headers`(path: String) async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.send(.get, path)
      let policy = try #require(page.headers[.contentSecurityPolicy])
      #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe") && !policy.contains("*"))
      #expect(page.headers[.xContentTypeOptions] == "nosniff")
      #expect(page.headers[HTTPField.Name("Referrer-Policy")!] == "same-origin")
      #expect(page.headers[HTTPField.Name("Cross-Origin-Opener-Policy")!] == "same-origin")
      #expect(page.headers[.cacheControl] == "no-store")
      #expect(page.headers[.server] == nil)
    }
  }

  @Test func `no page has an inline script, style or handler`() async throws {
    try await SiteFixture.run { site in
      for path in ["/login", "/register", "/registered", "/logout", "/nope"] {
        let body = try await site.browser.open(path).body
        #expect(!body.contains("<style") && !body.contains(" style="))
        #expect(body.firstMatch(of: /<script(?![^>]*\ssrc=)/) == nil)
        #expect(body.firstMatch(of: /\son[a-z]+=/) == nil)
        #expect(!body.contains("http://") && !body.contains("https://"))
      }
    }
  }

  @Test func `assets are immutable, typed and answered with 304 when known`() async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.open("/login")
      let paths = page.body.matches(of: /"(\/latchkey\/[^"]+)"/).map { String($0.1) }
      #expect(Set(paths).count == 3)
      for path in Set(paths) {
        let asset = try await site.browser.open(path)
        #expect(asset.status == .ok && asset.headers[.cacheControl]?.contains("immutable") == true)
        let tag = try #require(asset.headers[.eTag])
        let again = try await site.browser.send(.get, path, headers: [.ifNoneMatch: tag])
        #expect(again.status == .notModified && again.body.isEmpty)
      }
    }
  }

  // MARK: Cross-site requests

  @Test(
    arguments: [
      ("same-origin", "http://localhost", 303), ("same-origin", nil, 303),
      (nil, "http://localhost", 303),
      ("none", nil, 303), ("cross-site", nil, 403), ("same-site", nil, 403),
      ("cross-site", "http://localhost", 403), ("same-origin", "https://evil.example", 403),
      (nil, "https://evil.example", 403), (nil, "null", 403), (nil, "", 403),
      (nil, "http://localhost:81", 403), (nil, "https://localhost", 403),
      (nil, "http://localhost.evil.example", 403), (nil, nil, 403), ("", nil, 403),
    ] as [(String?, String?, Int)])
  func `a request that changes something must come from this site`(
    site fetchSite: String?, origin: String?, status: Int
  ) async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      var headers: HTTPFields = [
        .contentType: "application/x-www-form-urlencoded"
      ]
      headers[HTTPField.Name("Sec-Fetch-Site")!] = fetchSite
      headers[.origin] = origin
      try await site.client.execute(
        uri: "/login", method: .post, headers: headers,
        body: ByteBuffer(string: "username=alice&password=correct%20horse")
      ) { response in
        #expect(response.status.code == status)
        #expect((response.headers[.setCookie] != nil) == (status == 303))
        if status == 403 { #expect(String(buffer: response.body).contains("nothing was changed")) }
      }
    }
  }

  @Test func `with a configured origin only that origin counts`() async throws {
    try await SiteFixture.run(Self.secure) { site in
      try await site.register("alice")
      let fields: KeyValuePairs = ["username": "alice", "password": "correct horse"]
      for origin in ["http://localhost", "http://example.org", "https://www.example.org"] {
        #expect(
          try await Browser(site.client, origin: origin).post("/login", fields).status == .forbidden
        )
      }
      let own = Browser(site.client, origin: "https://example.org")
      #expect(try await own.post("/login", fields).status == .seeOther)
    }
  }

  @Test func `in development a foreign name that leads here is not this site`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      try await site.client.execute(
        uri: "http://rebound.example/login", method: .post,
        headers: [
          .contentType: "application/x-www-form-urlencoded", .origin: "http://rebound.example",
        ], body: ByteBuffer(string: "username=alice&password=correct%20horse")
      ) { response in
        #expect(response.headers[.setCookie] == nil)
      }
    }
  }

  // MARK: Sessions

  @Test func `the cookie from before a login is never valid after it, known or invented`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      try await site.register("mallory")
      let mallory = try await site.loggedIn("mallory")
      let planted = try #require(mallory.cookies["latchkey"])
      for cookie in [planted, String(repeating: "A", count: 43), "FIXED-BY-ATTACKER", ""] {
        let victim = site.browser
        victim.cookies = ["latchkey": cookie]
        let home = try await victim.submit(
          "/login", ["username": "alice", "password": "correct horse"])
        #expect(home.body == "Home of alice")
        #expect(victim.cookies["latchkey"] != cookie)
        let attacker = site.browser
        attacker.cookies = ["latchkey": cookie]
        #expect(try await attacker.open("/").body == "Home of nobody")
      }
    }
  }

  @Test func `the cookie of a session that was logged out can not be replayed`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      let old = browser.cookies
      let page = try await browser.send(.post, "/logout")
      #expect(page.headers[.setCookie]?.hasPrefix("latchkey=; ") == true)
      #expect(page.headers[.setCookie]?.contains("Max-Age=0") == true)
      let thief = site.browser
      thief.cookies = old
      #expect(try await thief.open("/protected").path.hasPrefix("/login"))
      _ = try await browser.submit("/login", ["username": "alice", "password": "correct horse"])
      #expect(try await thief.open("/protected").path.hasPrefix("/login"))
    }
  }

  @Test func `a second cookie of the name makes both worthless`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let token = try #require(try await site.loggedIn("alice").cookies["latchkey"])
      for header in ["latchkey=\(token); latchkey=x", "latchkey=x; latchkey=\(token)"] {
        try await site.client.execute(uri: "/", method: .get, headers: [.cookie: header]) {
          #expect(String(buffer: $0.body) == "Home of nobody")
        }
      }
      for header in ["other=1; latchkey=\(token)", "xlatchkey=1;latchkey=\(token);y"] {
        try await site.client.execute(uri: "/", method: .get, headers: [.cookie: header]) {
          #expect(String(buffer: $0.body) == "Home of alice")
        }
      }
    }
  }

  @Test func `logging out ends the session also beside a planted cookie`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      for cookies in ["latchkey=TOKEN; latchkey=junk", "latchkey=junk; latchkey=TOKEN"] {
        let browser = try await site.loggedIn("alice")
        let token = try #require(browser.cookies["latchkey"])
        let header = cookies.replacing("TOKEN", with: token)
        try await site.client.execute(
          uri: "/logout", method: .post, headers: [.cookie: header, .origin: "http://localhost"]
        ) { #expect($0.status == .seeOther) }
        #expect(try await browser.open("/protected").path.hasPrefix("/login"))
      }
    }
  }

  @Test func `a disabled, deleted or revoked account is out at its next request`() async throws {
    try await SiteFixture.run { site in
      for name in ["disabled", "deleted", "revoked"] {
        let account = try await site.register(name)
        let browser = try await site.loggedIn(name)
        #expect(try await browser.open("/protected").status == .ok)
        switch name {
        case "disabled": try await site.auth.setEnabled(false, for: account)
        case "deleted": try await site.auth.delete(account)
        default: try await site.auth.revokeSessions(of: account)
        }
        #expect(try await browser.open("/protected").path.hasPrefix("/login"))
      }
    }
  }

  @Test(.clause("ASVS 7.3.2", "NIST Q1"))
  func `after seven days the next request is refused, and logging in works`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      site.clock.advance(by: .seconds(7 * 24 * 3600))
      #expect(try await browser.open("/protected").path.hasPrefix("/login"))
      let page = try await browser.submit(
        "/login", ["username": "alice", "password": "correct horse", "next": "/protected"])
      #expect(page.status == .ok && page.path == "/protected")
    }
  }

  @Test func `no answer of a whole visit holds the hash or the token, but for the cookie`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = site.browser
      var pages = [
        try await browser.post("/login", ["username": "alice", "password": "correct horse"])
      ]
      let token = try #require(browser.cookies["latchkey"])
      for path in ["/", "/protected", "/logout", "/form", "/health", "/nope"] {
        pages.append(try await browser.open(path))
      }
      for page in pages {
        #expect(!page.body.contains(token) && !page.body.contains("argon2"))
        for field in page.headers where field.name != .setCookie {
          #expect(!field.value.contains(token))
        }
      }
    }
  }

  // MARK: Same answer, same work

  @Test(.clause("ASVS 6.3.4", "ASVS 6.3.8"))
  func `at every door of the login each attempt costs one hash, whoever it is for`()
    async throws
  {
    let log = WorkLog()
    let scheme = Argon2id(memoryKiB: 16, passes: 1)
    var configuration = LocalAuth.Configuration()
    configuration.schemes = [CountingScheme(scheme, log)]
    try await SiteFixture.run(configuration: configuration) { site in
      try await site.register("alice")
      let off = try await site.register("disabled")
      try await site.auth.setEnabled(false, for: off)
      _ = log.drain()
      for name in ["alice", "nobody", "disabled", "<no name>", ""] {
        for password in ["wrong horse", "correct horse"] {
          _ = try await site.browser.post("/login", ["username": name, "password": password])
          #expect(log.drain() == [scheme.work], "form: \(name)")
          _ = try await site.browser.send(
            .post, "/login", headers: [.contentType: "application/json"],
            body: #"{"username":"\#(name)","password":"\#(password)"}"#)
          #expect(log.drain() == [scheme.work], "JSON: \(name)")
        }
      }
    }
  }
}
