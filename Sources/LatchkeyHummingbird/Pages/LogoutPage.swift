import HTTPTypes
import Hummingbird
import LatchkeyCore

/// Logging out. GET only asks: a link or an image on another site must not log anyone out.
struct LogoutPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func ask(_ request: Request, _ context: Context) throws -> Response {
    var auth = context.auth
    // It says who is logged in: no page to stay on when that has ended.
    auth.isPrivate = auth.isLoggedIn
    let frame = PageFrame("Log out", web, request: request, auth: auth)
    return try web.page("logout", frame, LogoutView(action: web.site.routes.logout))
  }

  func submit(_ request: Request, _ context: Context) async throws -> Response {
    var response =
      request.prefersJSON
      ? try JSONReply(location: web.site.routes.home).response()
      : .redirect(to: web.site.routes.home)
    try await context.logOut(on: &response)
    return response
  }
}

struct LogoutView {
  var action: String
}
