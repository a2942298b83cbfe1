import HTTPTypes
import Hummingbird

/// The security headers of every response. (What the HTTP parser refuses never comes this far: it
/// gets a bare 400.) A header that a handler has set itself stays.
struct SecurityHeaders: Sendable {
  private let always: HTTPFields
  private let names: Set<HTTPField.Name>

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
      // Pages depend on who asks and on the chosen colours, so nobody stores them unless the
      // handler says otherwise (ASVS 14.3.2).
      .cacheControl: "no-store",
    ]
    // `no-referrer` is no choice for the policy above: browsers then send `Origin: null` with our
    // own forms, and the cross-origin check would refuse everybody.
    if isSecure { fields[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
    always = fields
    names = Set(fields.map(\.name))
  }

  func add(to headers: inout HTTPFields) {
    let isAnySet = headers.contains { names.contains($0.name) }
    headers.append(
      contentsOf: isAnySet ? HTTPFields(always.filter { !headers.contains($0.name) }) : always)
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
