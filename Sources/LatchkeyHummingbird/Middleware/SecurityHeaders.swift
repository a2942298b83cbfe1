import HTTPTypes
import Hummingbird

/// Sets the security headers on every response, the error pages included. (What the HTTP parser
/// refuses never comes this far: it gets a bare 400.) A header that a handler
/// has set itself stays.
struct SecurityHeaders<Context: RequestContext>: RouterMiddleware {
  private let always: HTTPFields

  init(isSecure: Bool) {
    var fields: HTTPFields = [
      // Nothing but our own files, nothing inline, no frames (ASVS 3.4.3, 3.4.6).
      .contentSecurityPolicy: """
      default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
      font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
      base-uri 'none'; frame-ancestors 'none'
      """,
      .xContentTypeOptions: "nosniff",
      .referrerPolicy: "same-origin",
      .crossOriginOpenerPolicy: "same-origin",
      .crossOriginResourcePolicy: "same-origin",
      // For browsers that do not know frame-ancestors.
      .xFrameOptions: "DENY",
    ]
    // `no-referrer` is no choice for the policy above: browsers then send `Origin: null` with our
    // own forms, and the cross-origin check would refuse everybody.
    if isSecure { fields[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
    always = fields
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    for field in always where response.headers[field.name] == nil {
      response.headers.append(field)
    }
    // Pages depend on who asks and on the chosen colours, so nobody stores them unless the
    // handler says otherwise (ASVS 14.3.2).
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}

extension HTTPField.Name {
  static var xForwardedFor: Self { .constant("X-Forwarded-For") }
  fileprivate static var referrerPolicy: Self { .constant("Referrer-Policy") }
  fileprivate static var crossOriginOpenerPolicy: Self { .constant("Cross-Origin-Opener-Policy") }
  fileprivate static var xFrameOptions: Self { .constant("X-Frame-Options") }

  private static func constant(_ name: String) -> Self {
    guard let name = Self(name) else { preconditionFailure("\(name) is no field name") }
    return name
  }
}
