import Hummingbird
import LatchkeyCore

/// Finds out, once per request, from which site it comes and who is behind the session cookie.
/// ``AuthRouter`` has it; an app with a router of its own gets it from ``LocalAuth/add(to:site:)``.
struct SessionMiddleware<Context: AuthRequestContext>: RouterMiddleware {
  let web: WebAuth

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try web.crossOriginCheck.check(request)
    var context = context
    context.auth.web = web
    context.auth.headers = request.headers
    if let token = web.cookies.sessionToken(in: request.headers) {
      context.auth.token = token
      // An error of the store goes up as 503. Nobody is let through on a guess (ASVS 16.5.3).
      // A page that is merely open is not a use of the session.
      let isUse = request.uri.path != web.site.routes.live
      context.auth.live = try await web.auth.session(for: token, isUse: isUse)
    }
    // A cookie that opens nothing is not deleted here: this answer may reach the browser after
    // that of a login in another tab, and would delete the new cookie.
    return try await next(request, context)
  }
}
