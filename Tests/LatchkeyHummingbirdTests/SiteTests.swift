import Configuration
import Foundation
import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct SiteTests {
  @Test func `every path can be another`() async throws {
    var site = Site()
    site.routes.login = "/sign/in"
    site.routes.register = "/sign/up"
    site.routes.logout = "/sign/out"
    try await SiteFixture.run(site) { site in
      try await site.register("alice")
      let browser = site.browser
      let login = try await browser.open("/protected")
      #expect(login.path == "/sign/in?next=/protected")
      #expect(login.body.contains("action=\"/sign/in\"") && login.body.contains("/sign/up"))
      let page = try await browser.submit(
        "/sign/in", ["username": "alice", "password": "correct horse"])
      #expect(page.body == "Home of alice")
      #expect(try await browser.submit("/sign/out", [:]).body == "Home of nobody")
      #expect(try await browser.open("/login").status == .notFound)
    }
  }

  @Test func `a template in the folder replaces the built-in one, and is escaped all the same`()
    async throws
  {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("latchkey-templates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try
      "{{<layout}}{{$main}}MINE <input name=\"username\" value=\"{{view.username.value}}\">{{/main}}{{/layout}}"
      .write(to: folder.appendingPathComponent("login.mustache"), atomically: true, encoding: .utf8)
    var site = Site()
    site.templatesFolder = folder.path
    try await SiteFixture.run(site) { site in
      let page = try await site.browser.post(
        "/login", ["username": "\"\u{301}><b>", "password": "x"])
      #expect(page.body.contains("MINE"))
      #expect(page.value(of: "username") == "&quot;\u{301}&gt;&lt;b&gt;")
      #expect(try await site.browser.open("/register").body.contains("<h1>Register</h1>"))
    }
  }

  @Test func `a template that does not parse is refused at the start`() async throws {
    var site = Site()
    site.templates = ["home": "{{#open}} never closed"]
    let unparsable = site
    site.templates = [:]
    site.templatesFolder = "/nonexistent"
    let missing = site
    for site in [unparsable, missing] {
      await #expect(throws: TemplateError.self) { try await SiteFixture.run(site) { _ in } }
    }
  }

  @Test(
    arguments: [
      ("https://example.org", "https://example.org"),
      ("HTTPS://Example.ORG/", "https://example.org"),
      ("https://example.org:443", "https://example.org"),
      ("http://localhost:3000", "http://localhost:3000"),
      ("https://[::1]:8443", "https://[::1]:8443"), ("https://example.org/path", nil),
      ("example.org", nil),
      ("ftp://example.org", nil), ("https://", nil), ("https://a b", nil), ("https://x:0", nil),
      ("https://x:99999", nil), ("https://user@example.org", nil), ("https://x?y", nil), ("", nil),
    ] as [(String, String?)])
  func `an origin is a scheme, a host and a port`(text: String, origin: String?) {
    #expect(Origin(text)?.description == origin)
  }

  @Test(
    arguments: [
      ("127.0.0.1", nil, false, true), ("localhost", nil, false, true), ("::1", nil, false, true),
      ("0.0.0.0", nil, false, false), ("192.168.1.5", nil, false, false),
      ("0.0.0.0", nil, true, false), ("0.0.0.0", "http://192.0.2.1:3000", true, true),
      ("0.0.0.0", "https://example.org", false, true),
      ("127.0.0.1", "http://example.org", false, false),
      ("127.0.0.1", "http://localhost:3000", false, true),
      ("0.0.0.0", "http://example.org", false, false),
    ] as [(String, String?, Bool, Bool)])
  func `serving other machines needs an https origin or a clear word`(
    hostname: String, origin: String?, allowed: Bool, starts: Bool
  ) async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      var site = Site()
      site.origin = origin.flatMap(Origin.init)
      site.allowsPlainHTTP = allowed
      let router = try auth.router(site: site)
      if starts {
        _ = try auth.application(router: router, hostname: hostname)
      } else {
        #expect(throws: InsecureDeploymentError.self) {
          try auth.application(router: router, hostname: hostname)
        }
      }
      try await auth.store.close()
    }
  }

  @Test func `the settings are read under their keys`() throws {
    let reader = ConfigReader(
      provider: InMemoryProvider(values: [
        "password.scheme": "bcrypt", "password.bcryptCost": 10, "password.minimumLength": "15",
        "hashing.lanes": 3, "session.lifetimeSeconds": 3600, "session.idleTimeoutSeconds": 600,
        "site.name": "Shop", "origin": "https://example.org", "allowPlainHTTP": true,
      ]))
    let configuration = try LocalAuth.Configuration(reader: reader)
    #expect(configuration.schemes[0].work.rawValue == "bcrypt cost=10")
    #expect(configuration.passwordPolicy.minimumLength == 15)
    #expect(configuration.hashingLanes == 3)
    #expect(configuration.sessionLifetime == .seconds(3600))
    #expect(configuration.idleTimeout == .seconds(600))
    let site = try Site(reader: reader)
    #expect(site.name == "Shop" && site.origin?.isSecure == true && site.allowsPlainHTTP)
  }

  @Test(arguments: [
    ("password.scheme", "md5"), ("password.bcryptCost", "99"), ("password.minimumLength", "4"),
    ("password.minimumLength", "eight"), ("hashing.lanes", "0"),
    ("session.lifetimeSeconds", "soon"),
    ("origin", "example.org"), ("allowPlainHTTP", "perhaps"),
  ])
  func `a setting that cannot be is refused, never replaced by its default`(
    key: String, value: String
  ) {
    let reader = ConfigReader(
      provider: InMemoryProvider(values: [
        AbsoluteConfigKey(stringLiteral: key): .init(.string(value), isSecret: false)
      ]))
    #expect {
      _ = try LocalAuth.Configuration(reader: reader)
      _ = try Site(reader: reader)
    } throws: { error in
      "\(error)".contains(key) && "\(error)".contains(value)
    }
  }

  @Test func `a path that is none is refused at the start`() async throws {
    for path in ["login", "", "//evil.example", "https://evil.example/", "/a b", "/a?b"] {
      var site = Site()
      site.routes.login = path
      await #expect(throws: InvalidSettingError.self) { try await SiteFixture.run(site) { _ in } }
    }
  }

  @Test func `a router can be built twice`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let router = try auth.router()
      router.open.get("/") { _, _ in "Welcome!" }
      for _ in 0..<2 {
        try await Application(router: router).test(.router) { client in
          let page = try await Browser(client).send(.put, "/")
          #expect(page.status == .methodNotAllowed)
        }
      }
      try await auth.store.close()
    }
  }
}
