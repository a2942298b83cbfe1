import Clauses
import GRDB
import HTTPTypes
import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct ErrorTests {
  @Test func `an unknown page is 404 in the site's own look`() async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.open("/nope")
      #expect(page.status == .notFound)
      #expect(page.body.contains("<title>404 - Not Found · Latchkey</title>"))
      #expect(page.body.contains("The page was not found"))
      let json = try await site.browser.send(.get, "/nope", headers: [.accept: "application/json"])
      #expect(json.status == .notFound && json.body.hasPrefix("{\"message\":"))
    }
  }

  @Test(arguments: [
    ("/login", "GET, HEAD, POST"), ("/register", "GET, HEAD, POST"), ("/logout", "GET, HEAD, POST"),
    ("/color-mode", "POST"), ("/health", "GET, HEAD"), ("/registered", "GET, HEAD"),
    ("/", "GET, HEAD"), ("/protected", "GET, HEAD, POST"),
  ])
  func `a wrong method is 405 with Allow`(path: String, allow: String) async throws {
    try await SiteFixture.run { site in
      let allowed = allow.split(separator: ", ").map(String.init)
      for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
      where !allowed.contains(method) {
        // With and without a word on where it comes from.
        for origin in ["http://localhost", "https://evil.example"] {
          let page = try await site.browser.send(
            HTTPRequest.Method(method)!, path, headers: [.origin: origin])
          #expect(page.status == .methodNotAllowed, "\(method) \(path)")
          #expect(page.headers[.allow] == allow)
        }
      }
    }
  }

  @Test(arguments: ["/", "/login", "/register", "/logout", "/health", "/nope", "/protected"])
  func `HEAD answers like GET, without a body`(path: String) async throws {
    try await SiteFixture.run { site in
      let get = try await site.browser.send(.get, path)
      let head = try await site.browser.send(.head, path)
      #expect(head.status == get.status && head.body.isEmpty)
    }
  }

  @Test func `a store that cannot answer is a 503 that says when to come back, and lets nobody in`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      let store = try #require(site.auth.store as? SQLiteStore)
      try await store.pool.write { try $0.execute(sql: "ALTER TABLE session RENAME TO gone") }
      for page in [
        try await browser.open("/protected"), try await browser.open("/"),
        try await browser.send(.post, "/logout"),
        try await site.browser.post(
          "/login", ["username": "alice", "password": "correct horse"]),
      ] {
        #expect(page.status == .serviceUnavailable)
        #expect(page.headers[.retryAfter] == "5" && page.headers[.setCookie] == nil)
        #expect(!page.body.contains("session") && !page.body.contains("SQL"))
      }
      try await store.pool.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO session") }
      #expect(try await browser.open("/protected").status == .ok)
    }
  }

  @Test(.clause("ASVS 15.2.2"))
  func `when no lane and no place is free the login is a 503 with Retry-After`() async throws {
    var configuration = LocalAuth.Configuration.fastHashing
    configuration.hashingLanes = 1
    configuration.maximumWaitingHashes = 0
    configuration.schemes = [Argon2id(memoryKiB: 65_536, passes: 4)]
    try await SiteFixture.run(configuration: configuration) { site in
      let pages = try await withThrowingTaskGroup(of: Page.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await site.browser.post("/login", ["username": "x", "password": "wrong horse"])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let busy = pages.filter { $0.status == .serviceUnavailable }
      #expect(!busy.isEmpty && busy.count < 8)
      #expect(busy.allSatisfy { $0.headers[.retryAfter] == "5" })
      #expect(busy.allSatisfy { $0.body.contains("Try again in a few seconds") })
    }
  }

  @Test func `what the app says in an error is shown, and an answer of its own is kept`()
    async throws
  {
    struct Teapot: HTTPResponseError {
      var status: HTTPResponse.Status { HTTPResponse.Status(code: 418) }
      func response(from request: Request, context: some RequestContext) -> Response {
        Response(status: status, headers: [.location: "/pot"])
      }
    }
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let router = try auth.router()
      router.open.get("/admin") { _, _ -> String in
        throw HTTPError(.forbidden, message: "Only <admins> may do this.")
      }
      router.open.get("/pot") { _, _ -> String in throw Teapot() }
      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        let forbidden = try await browser.open("/admin")
        #expect(forbidden.status == .forbidden)
        #expect(forbidden.body.contains("Only &lt;admins&gt; may do this."))
        let pot = try await browser.send(.get, "/pot")
        #expect(pot.status.code == 418 && pot.headers[.location] == "/pot")
        #expect(pot.headers[.contentSecurityPolicy] != nil)
      }
      try await auth.store.close()
    }
  }

  @Test(.clause("ASVS 16.5.4", "ASVS 16.5.1"))
  func `an error that nobody expected is a 500 in general words, and the next request is answered`()
    async throws
  {
    struct Surprise: Error {
      let secret = "the password of the database"
    }
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let router = try auth.router()
      router.open.get("/boom") { _, _ -> String in throw Surprise() }
      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        for headers: HTTPFields in [[:], [.accept: "application/json"]] {
          let page = try await browser.send(.get, "/boom", headers: headers)
          #expect(
            page.status == .internalServerError && page.headers[.contentSecurityPolicy] != nil)
          #expect(page.body.contains("Something went wrong on our side"))
          #expect(!page.body.contains("Surprise") && !page.body.contains("secret"))
        }
        #expect(try await browser.open("/login").status == .ok)
      }
      try await auth.store.close()
    }
  }

  @Test func `the style sheet is there when the store is not`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      let style = try #require(
        try await browser.open("/form").body.firstMatch(of: /href="([^"]+\.css)"/) ?? nil)
      let store = try #require(site.auth.store as? SQLiteStore)
      try await store.pool.write { try $0.execute(sql: "ALTER TABLE session RENAME TO gone") }
      #expect(try await browser.open("/").status == .serviceUnavailable)
      #expect(try await browser.open(String(style.1)).status == .ok)
    }
  }
}
