import Latchkey

/// An app that had a router and a context before it had accounts. It keeps both.
@main
struct OwnRouter {
  static func main() async throws {
    let auth = try await LocalAuth(.sqlite("own-router.db"))
    try await auth.application(router: router(auth), site: Site()).runService()
  }

  static func router(_ auth: LocalAuth) throws -> Router<AppContext> {
    let router = Router(context: AppContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: Greeting())
    let closed = try auth.add(to: router)
    router.get("/") { _, context in
      "\(context.greeting), \(context.auth.account?.username ?? "stranger")!"
    }
    closed.get("/protected") { _, context in
      // The account is not optional here, and the app's own members are at hand.
      "\(context.greeting), \(context.account.username)!"
    }
    return router
  }
}

/// The app's context: `auth` is what Latchkey asks for.
struct AppContext: AuthRequestContext {
  var coreContext: CoreRequestContextStorage
  var auth: RequestAuth
  var greeting = ""

  init(source: Source) {
    coreContext = .init(source: source)
    auth = RequestAuth(source: source)
  }
}

struct Greeting: RouterMiddleware {
  func handle(
    _ request: Request, context: AppContext,
    next: (Request, AppContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.greeting = "Good day"
    return try await next(request, context)
  }
}
