import HummingbirdTesting
import Latchkey
import LatchkeyTesting
import Testing

@testable import HomePage

/// The code in the guides and in doc comments that is not in one of the examples, so that the
/// compiler reads it, too. `Tests/Program/test_documents.py` looks for each block here.
@Suite struct DocumentedSnippets {
  @Test func `an app's page is tested with a browser`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      try await Application(router: HomePage.router(auth)).test(.router) { client in
        let browser = Browser(client)
        let page = try await browser.submit(
          "/login", ["username": "alice", "password": "correct horse", "next": "/protected"])
        #expect(page.body.contains("Protected Page for alice"))
      }
      try await auth.store.close()
    }
  }

  @Test func `settings are values`() async throws {
    try await withTemporaryDatabase { path in
      var configuration = LocalAuth.Configuration()
      configuration.schemes = [Bcrypt(cost: 12), Argon2id()]  // the first makes new hashes
      configuration.idleTimeout = .seconds(30 * 60)
      let auth = try await LocalAuth(.sqlite(path), configuration: configuration)

      var site = Site()
      site.name = "My homepage"
      site.origin = Origin("https://example.org")
      site.routes.login = "/sign-in"
      let router = try auth.router(site: site)

      router.open.get("/") { _, context in "Home of \(context.auth.account?.username ?? "nobody")" }
      try await Application(router: router).test(.router) { client in
        let browser = Browser(client, origin: "https://example.org")
        let home = try await browser.open("/")
        #expect(home.body == "Home of nobody")
        #expect(try await browser.open("/sign-in").body.contains("My homepage"))
      }
      try await auth.store.close()
    }
  }

  @Test func `a page has values of its own`() async throws {
    struct Profile { var motto: String }

    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      var site = Site()
      site.templates = ["profile": "<p>{{view.motto}}</p>"]
      let router = try auth.router(site: site)
      router.get("/profile") { request, context in
        try context.page(
          "profile", title: "Profile", view: Profile(motto: "Festina lente"), for: request)
      }
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      try await Application(router: router).test(.router) { client in
        let page = try await Browser(client).submit(
          "/login", ["username": "alice", "password": "correct horse", "next": "/profile"])
        #expect(page.body == "<p>Festina lente</p>")
      }
      try await auth.store.close()
    }
  }

  @Test func `time is a parameter`() async throws {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let auth = try await LocalAuth(
        .sqlite(path), configuration: .fastHashing, clock: clock.clock)
      clock.advance(by: .seconds(7 * 24 * 3600))
      try await auth.store.close()
    }
  }

  /// Never called: it would make a database where it stands.
  private func flowsWithoutHTTP() async throws {
    let auth = try await LocalAuth(.sqlite("app.db"))

    switch try await auth.login(username: "alice", password: Password("correct horse")) {
    case .loggedIn(let login): print("welcome, \(login.account.username)")
    case .throttled(let wait): print("wait for \(wait.retryAfterSeconds) seconds")
    case .disabled, .refused: print("no")
    }
  }

  /// Never called: it would wait for events for ever.
  private func auditTrail(_ auth: LocalAuth, _ account: Account) async throws {
    try await auth.record("shop.order-cancelled", account: account.id, details: ["order": "17"])

    for try await record in auth.auditEvents() where record.entry.event == .loginRefused {
      alarm(record)
    }
  }

  private func alarm(_ record: AuditRecord) {
    print("alarm: record \(record.number)")
  }

  @Test func `a test that gets passwords wrong switches the throttles off`() async throws {
    try await withTemporaryDatabase { path in
      var configuration = LocalAuth.Configuration.fastHashing
      configuration.throttling = .off
      let auth = try await LocalAuth(.sqlite(path), configuration: configuration)
      for _ in 1...30 {
        let outcome = try await auth.login(username: "alice", password: Password("wrong horse"))
        guard case .refused = outcome else {
          Issue.record("\(outcome)")
          return
        }
      }
      try await auth.store.close()
    }
  }

  struct AppContext: AuthRequestContext {
    var coreContext: CoreRequestContextStorage
    var auth: RequestAuth

    init(source: Source) {
      coreContext = .init(source: source)
      auth = RequestAuth(source: source)
    }
  }

  @Test func `a store is shared with the app's own tables`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store))
      #expect(try await auth.accounts().isEmpty)
      try await store.close()
    }
  }

  @Test func `an app's own router gets accounts`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let router = Router(context: AppContext.self)
      let closed = try auth.add(to: router)
      router.get("/") { _, context in "Hello \(context.auth.account?.username ?? "stranger")" }
      closed.get("/protected") { _, context in "Hello \(context.account.username)" }
      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        let home = try await browser.open("/")
        #expect(home.body == "Hello stranger")
        #expect(try await browser.open("/protected").path == "/login?next=/protected")
      }
      try await auth.store.close()
    }
  }

  @Test func `a router is closed by default, and an app may log people in itself`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      let router = try auth.router()
      router.open.get("/") { _, _ in "Welcome!" }
      router.get("/protected") { _, context in "Hello \(context.account.username)" }

      let account = try #require(try await auth.account(named: "alice"))
      router.open.post("/enter") { _, context in
        var response = Response.redirect(to: "/")
        guard try await context.logIn(account, on: &response) else { throw HTTPError(.forbidden) }
        return response
      }
      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        let home = try await browser.submit("/enter", [:])
        #expect(home.body == "Welcome!")
        #expect(try await browser.open("/protected").body == "Hello alice")
      }
      try await auth.store.close()
    }
  }

  @Test func `a form of the app's own is closed, and a sensitive step asks for the password`()
    async throws
  {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let auth = try await LocalAuth(
        .sqlite(path), configuration: .fastHashing, clock: clock.clock)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      let notes = Notebook()
      let router = try auth.router()

      router.post("/notes") { request, context in
        let form = try await request.form("text")
        try await notes.add(form["text"], for: context.account)
        return Response.redirect(to: "/notes")
      }

      router.post("/account/close") { _, context in
        guard auth.isProven(context.session) else {
          return Response.redirect(to: "/account/confirm?next=/account/close")
        }
        _ = try await auth.delete(context.account)
        return Response.redirect(to: "/")
      }
      router.get("/account/close") { _, _ in "Close it?" }
      router.get("/notes") { _, _ in "Notes" }
      router.open.get("/") { _, _ in "Welcome!" }

      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        #expect(try await browser.submit("/notes", ["text": "x"]).body.contains("Log in"))
        _ = try await browser.submit(
          "/login", ["username": "alice", "password": "correct horse"])
        #expect(try await browser.submit("/notes", ["text": "x"]).body == "Notes")
        let alice = try #require(try await auth.account(named: "alice"))
        #expect(await notes.texts(of: alice) == ["x"])

        clock.advance(by: .seconds(660))
        #expect(try await browser.submit("/account/close", [:]).path.hasPrefix("/account/confirm"))
        #expect(try await auth.account(named: "alice") != nil)
        let asked = try await browser.submit(
          "/account/confirm", ["password": "correct horse", "next": "/account/close"])
        #expect(asked.body == "Close it?")
        #expect(try await browser.submit("/account/close", [:]).body == "Welcome!")
        #expect(try await auth.account(named: "alice") == nil)
      }
      try await auth.store.close()
    }
  }

  struct NotesView {
    var notes: [String]
    var text = ""
    var problem: String?
  }

  static let notesPage = """
    {{<layout}}{{$main}}
    <section class="card">
    <h1>Notes of {{page.username}}</h1>
    {{#view.problem}}<p class="alert" id="alert" role="alert">{{view.problem}}</p>{{/view.problem}}
    <ul>{{#view.notes}}<li>{{.}}</li>{{/view.notes}}</ul>
    {{^view.notes}}<p>No notes yet.</p>{{/view.notes}}
    <form class="fields" method="post" action="/notes">
    <div class="field">
    <label for="text">Note</label>
    <input id="text" name="text" value="{{view.text}}" required>
    </div>
    <button class="button button-primary" type="submit">Add</button>
    </form>
    </section>
    {{/main}}{{/layout}}
    """

  @Test func `a form of the app's own shows itself again with what is wrong`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      let notes = Notebook()
      var site = Site()
      site.templates = ["notes": Self.notesPage]
      let router = try auth.router(site: site)

      router.get("/notes") { request, context in
        let view = NotesView(notes: await notes.texts(of: context.account))
        return try context.page("notes", title: "Your notes", view: view, for: request)
      }
      router.post("/notes") { request, context in
        let form = try await request.form("text")
        guard (1...200).contains(form["text"].unicodeScalars.count) else {
          let view = NotesView(
            notes: await notes.texts(of: context.account), text: form["text"],
            problem: "A note has 1 to 200 characters.")
          return try context.page(
            "notes", title: "Your notes", view: view, for: request, status: .unprocessableContent)
        }
        try await notes.add(form["text"], for: context.account)
        return Response.redirect(to: "/notes")
      }

      try await Application(router: router).test(.router) { client in
        let browser = Browser(client)
        let empty = try await browser.submit(
          "/login", ["username": "alice", "password": "correct horse", "next": "/notes"])
        #expect(empty.body.contains("No notes yet.") && empty.alert == nil)
        let long = String(repeating: "<", count: 201)
        let refused = try await browser.submit("/notes", ["text": long])
        #expect(refused.status == .unprocessableContent)
        #expect(refused.alert == "A note has 1 to 200 characters.")
        #expect(refused.value(of: "text") == long.replacing("<", with: "&lt;"))
        let added = try await browser.submit("/notes", ["text": "Water the <roses>"])
        #expect(added.body.contains("<li>Water the &lt;roses&gt;</li>"))
        // A database would keep the text up to the NUL.
        let cut = try await browser.submit("/notes", ["text": "a\0b"])
        #expect(cut.status == .badRequest && cut.body.contains("cannot be kept"))
        let alice = try #require(try await auth.account(named: "alice"))
        #expect(await notes.texts(of: alice) == ["Water the <roses>"])
        let somebodyElse = browser.another()
        #expect(try await somebodyElse.open("/notes").path == "/login?next=/notes")
      }
      try await auth.store.close()
    }
  }

  private actor Notebook {
    private var texts: [AccountID: [String]] = [:]

    func texts(of account: Account) -> [String] { texts[account.id] ?? [] }

    func add(_ text: String, for account: Account) async throws {
      texts[account.id, default: []].append(text)
    }
  }
}
