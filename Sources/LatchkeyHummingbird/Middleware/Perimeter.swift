import Hummingbird

/// Around everything else: no answer leaves without the security headers, and each error has become
/// one. (Hummingbird itself renders errors outside all middleware, without headers.)
struct Perimeter<Context: AuthRequestContext>: RouterMiddleware {
  private let headers: SecurityHeaders
  private let errors: ErrorPages

  init(web: WebAuth) {
    headers = SecurityHeaders(isSecure: web.site.isSecure)
    errors = ErrorPages(web: web)
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch {
      response = try errors.answer(to: request, context, error)
    }
    // An error page has a body, and a HEAD request must not get one.
    if request.method == .head { response = response.createHeadResponse() }
    headers.add(to: &response.headers)
    return response
  }
}
