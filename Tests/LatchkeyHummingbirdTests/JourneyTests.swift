import HTTPTypes
import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct JourneyTests {
  @Test func `register, log in, see the protected page, log out`() async throws {
    try await SiteFixture.run { site in
      let browser = site.browser
      let registered = try await browser.submit(
        "/register",
        [
          "username": "alice", "password": "correct horse", "confirm_password": "correct horse",
        ])
      #expect(registered.path == "/registered?username=alice")
      #expect(registered.body.contains("Registration successful!"))
      #expect(registered.headers[HTTPField.Name("Refresh")!] == "1; url=/login?username=alice")

      let login = try await browser.open("/login?username=alice")
      #expect(login.value(of: "username") == "alice" && login.focus == "password")
      let home = try await browser.submit(
        "/login", ["username": "alice", "password": "correct horse"])
      #expect(home.path == "/" && home.body == "Home of alice")
      #expect(try await browser.open("/protected").body.contains("alice"))

      let goodbye = try await browser.submit("/logout", [:])
      #expect(goodbye.path == "/" && goodbye.body == "Home of nobody")
      #expect(browser.cookies["latchkey"] == nil)
      #expect(try await browser.open("/protected").path.hasPrefix("/login"))
    }
  }

  @Test func `after logging in people arrive where they were going, path and query, once`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = site.browser
      let login = try await browser.open("/protected?tab=2&x=%C3%A9")
      #expect(login.path == "/login?next=/protected%3Ftab%3D2%26x%3D%25C3%25A9")
      #expect(login.value(of: "next") == "/protected?tab=2&amp;x=%C3%A9")
      let page = try await browser.submit(
        "/login",
        [
          "username": "alice", "password": "correct horse", "next": "/protected?tab=2&x=%C3%A9",
        ])
      #expect(page.path == "/protected?tab=2&x=%C3%A9")
      _ = try await browser.submit("/logout", [:])
      let second = try await browser.submit(
        "/login", ["username": "alice", "password": "correct horse"])
      #expect(second.path == "/")
    }
  }

  @Test func `the way back keeps characters that browsers send unencoded`() async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.send(.get, "/protected?filter[a]={b}|^`")
      #expect(
        page.headers[.location]
          == "/login?next=/protected%3Ffilter%255Ba%255D%3D%257Bb%257D%257C%255E%2560")
    }
  }

  @Test func `the way back survives a wrong password and a registration`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let wrong = try await site.browser.post(
        "/login", ["username": "alice", "password": "wrong", "next": "/protected"])
      #expect(wrong.value(of: "next") == "/protected")
      #expect(wrong.body.contains("href=\"/register?next=/protected\""))
      let registered = try await site.browser.submit(
        "/register",
        [
          "username": "bob", "password": "correct horse", "confirm_password": "correct horse",
          "next": "/protected",
        ])
      #expect(
        registered.headers[HTTPField.Name("Refresh")!]
          == "1; url=/login?username=bob&next=/protected")
    }
  }

  @Test func `someone who is logged in is sent on from the login and registration pages`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      #expect(try await browser.open("/login").path == "/")
      #expect(try await browser.open("/login?next=/protected").path == "/protected")
      #expect(try await browser.open("/register").path == "/")
    }
  }

  @Test func `nothing of a private page is sent to anyone else`() async throws {
    try await SiteFixture.run { site in
      for path in ["/protected", "/protected/", "/protected?x=1"] {
        let page = try await site.browser.send(.get, path)
        #expect(page.status == .seeOther && page.body.isEmpty)
      }
      let post = try await site.browser.post("/protected", [:])
      #expect(post.status == .seeOther && post.headers[.location] == "/login")
      let json = try await site.browser.send(
        .get, "/protected", headers: [.accept: "application/json"])
      #expect(json.status == .unauthorized)
      #expect(!json.body.contains(SiteFixture.protectedText))
    }
  }

  @Test func `GET of the logout page asks, and logs nobody out`() async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let browser = try await site.loggedIn("alice")
      let page = try await browser.open("/logout")
      #expect(page.status == .ok && page.body.contains("action=\"/logout\""))
      #expect(try await browser.open("/protected").status == .ok)
    }
  }

  @Test func `with JSON the forms answer with what to do`() async throws {
    try await SiteFixture.run { site in
      let json: HTTPFields = [.accept: "application/json"]
      let registered = try await site.browser.post(
        "/register",
        [
          "username": "alice", "password": "correct horse", "confirm_password": "correct horse",
        ], headers: json)
      #expect(
        registered.body
          == #"{"delayMilliseconds":500,"location":"/login?username=alice","message":"Registration successful!"}"#
      )
      let taken = try await site.browser.post(
        "/register", ["username": "ALICE", "password": "x", "confirm_password": "x"], headers: json)
      #expect(taken.status == .unprocessableContent)
      #expect(
        taken.body
          == #"{"clear":["username"],"field":"username","message":"Username ALICE is already registered. Try a different name"}"#
      )
      let browser = site.browser
      let login = try await browser.send(
        .post, "/login", headers: [.accept: "application/json", .contentType: "application/json"],
        body: #"{"username":"alice","password":"correct horse","next":"/protected"}"#)
      #expect(login.status == .ok && login.body == #"{"location":"/protected"}"#)
      #expect(try await browser.open("/protected").status == .ok)
    }
  }

  @Test func `the colour mode is remembered and stands in the page that the server sends`()
    async throws
  {
    try await SiteFixture.run { site in
      let browser = site.browser
      #expect(try await !browser.open("/login").body.contains("data-color-mode=\""))
      let page = try await browser.submit(
        "/color-mode", ["mode": "dark", "next": "/register?next=/protected"])
      #expect(page.path == "/register?next=/protected")
      #expect(page.body.contains("data-color-mode=\"dark\""))
      #expect(try await browser.open("/login").body.contains("data-color-mode=\"dark\""))
      #expect(try await browser.post("/color-mode", ["mode": "pink"]).status == .badRequest)
    }
  }

  @Test func `health says whether the store answers`() async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.open("/health")
      #expect(page.status == .ok && page.body == #"{"status":"ok"}"#)
    }
  }

  @Test func `an app can log people in by means of its own, for a life of its own`() async throws {
    try await SiteFixture.run { site in
      let account = try await site.register("alice")
      let browser = site.browser
      let planted = String(repeating: "A", count: 43)
      browser.cookies = ["latchkey": planted]
      let page = try await browser.submit("/enter/alice", [:])
      #expect(page.path == "/protected" && browser.cookies["latchkey"] != planted)
      site.clock.advance(by: .seconds(60))
      #expect(try await browser.open("/protected").path.hasPrefix("/login"))
      try await site.auth.setEnabled(false, for: account)
      #expect(try await browser.submit("/enter/alice", [:]).status == .forbidden)
    }
  }

  @Test func `a private route without Latchkey before it fails closed`() async throws {
    let router = Router(context: OpenContext.self)
    router.group(context: PrivateContext.self).get("/protected") { _, _ in "secret" }
    try await Application(router: router).test(.router) { client in
      let page = try await Browser(client).send(.get, "/protected")
      #expect(page.status == .internalServerError && page.body.isEmpty)
    }
  }
}
