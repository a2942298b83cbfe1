import Latchkey

/// The seed's `local_auth.py` in Swift: a home page for everybody and a page for members.
///
/// What the seed spread over six files (user, session, state, login, registration) is the
/// library's; what is left is the app.
@main
struct HomePage {
  static func main() async throws {
    let auth = try await LocalAuth(.sqlite("home-page.db"))
    try await auth.application(router: router(auth)).runService()
  }

  static func router(_ auth: LocalAuth) throws -> AuthRouter {
    var site = Site()
    site.name = "My homepage"
    site.templates = ["index": index, "members": members]
    let router = try auth.router(site: site)
    router.open.get("/") { request, context in
      try context.page("index", title: "Home", for: request)
    }
    // Closed: without a login nothing of it is computed or sent.
    router.get("/protected") { request, context in
      try context.page("members", title: "Members", for: request)
    }
    return router
  }

  static let index = """
    {{<layout}}{{$main}}
    <h1>Welcome to my homepage!</h1>
    <p><a href="/protected">Protected Page</a></p>
    {{/main}}{{/layout}}
    """

  static let members = """
    {{<layout}}{{$main}}
    <h1>Protected Page for {{page.username}}</h1>
    <p><a href="{{page.paths.home}}">Home</a></p>
    {{/main}}{{/layout}}
    """
}
