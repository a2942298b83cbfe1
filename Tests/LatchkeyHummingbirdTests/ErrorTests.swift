import GRDB
import HTTPTypes
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
        let page = try await site.browser.send(HTTPRequest.Method(method)!, path)
        #expect(page.status == .methodNotAllowed, "\(method) \(path)")
        #expect(page.headers[.allow] == allow)
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
        #expect(page.headers[.retryAfter] == "60" && page.headers[.setCookie] == nil)
        #expect(!page.body.contains("session") && !page.body.contains("SQL"))
      }
      try await store.pool.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO session") }
      #expect(try await browser.open("/protected").status == .ok)
    }
  }

  @Test func `when no lane and no place is free the login is a 503 with Retry-After`() async throws
  {
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
}
