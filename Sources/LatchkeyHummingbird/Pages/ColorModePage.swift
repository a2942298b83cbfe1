import HTTPTypes
import Hummingbird

/// Remembers light or dark in a cookie, so that the server writes it into the page: no flash, no
/// script needed.
struct ColorModePage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func submit(_ request: Request, _ context: Context) async throws -> Response {
    let fields = try await FormFields.read(["mode", "next"], from: request)
    guard let mode = ColorMode(rawValue: fields["mode"]) else { throw HTTPError(.badRequest) }
    var response =
      request.prefersJSON
      ? Response(status: .noContent)
      : .redirect(to: LocalPath(fields["next"])?.description ?? web.site.routes.home)
    web.cookies.set(mode, on: &response)
    return response
  }
}
