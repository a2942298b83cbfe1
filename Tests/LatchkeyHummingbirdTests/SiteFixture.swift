import HummingbirdTesting
import Latchkey
import LatchkeyTesting

/// The whole site on a real database in a temporary file: a home page, `/protected`, and the
/// pages of accounts.
struct SiteFixture {
  let auth: LocalAuth
  let client: any TestClientProtocol
  let clock: ManualClock

  static let protectedText = "The secret of the protected page"

  static func run<Value: Sendable>(
    _ site: Site = Site(), configuration: LocalAuth.Configuration = .fastHashing,
    _ body: @Sendable (SiteFixture) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let auth = try await LocalAuth(
        .sqlite(path), configuration: configuration, clock: clock.clock)
      let router = try auth.router(site: site)
      router.open.get("/") { _, context in "Home of \(context.auth.account?.username ?? "nobody")" }
      router.get("/protected") { _, context in
        "\(SiteFixture.protectedText): \(context.account.username)"
      }
      router.get("/form") { request, context in
        try context.page("logout", title: "Form", for: request)
      }
      router.post("/protected") { _, _ in "changed" }
      // An app's own way to log in, here without any proof.
      router.open.post("/enter/:name") { _, context in
        var response = Response.redirect(to: "/protected")
        guard let name = context.parameters.get("name"),
          let account = try await auth.account(named: name),
          try await context.logIn(account, lifetime: .seconds(60), on: &response)
        else { throw HTTPError(.forbidden) }
        return response
      }
      let application = Application(router: router, logger: auth.logger)
      let value = try await application.test(.router) { client in
        try await body(SiteFixture(auth: auth, client: client, clock: clock))
      }
      try await auth.store.close()
      return value
    }
  }

  var browser: Browser { Browser(client) }

  @discardableResult
  func register(_ name: String, password: String = "correct horse") async throws -> Account {
    switch try await auth.addAccount(username: name, password: Password(password)) {
    case .registered(let account): account
    case .refused(let refusal): throw refusal
    case .throttled(let wait): throw NotRegistered(wait: wait)
    }
  }

  /// A browser in which somebody has just logged in.
  func loggedIn(_ name: String, password: String = "correct horse") async throws -> Browser {
    let browser = browser
    let page = try await browser.submit("/login", ["username": name, "password": password])
    guard page.status == .ok, page.path == "/" else { throw NotLoggedIn(page: page) }
    return browser
  }

  struct NotRegistered: Error {
    let wait: Throttled
  }

  struct NotLoggedIn: Error {
    let page: Page
  }
}
