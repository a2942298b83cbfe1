import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The two cookies of the site and their attributes.
struct SiteCookies: Sendable {
  private let prefix: String
  private let attributes: String

  /// `__Host-` makes the browser insist on Secure, on `Path=/` and on no `Domain`, so that no
  /// neighbouring host can plant the cookie (ASVS 3.3.1, 3.3.3).
  init(isSecure: Bool) {
    prefix = isSecure ? "__Host-" : ""
    attributes = "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
  }

  var sessionName: String { prefix + "latchkey" }
  private var colorModeName: String { prefix + "latchkey-color-mode" }

  func sessionToken(in request: Request) -> SessionToken? {
    value(sessionName, in: request).flatMap(SessionToken.init(cookieValue:))
  }

  func colorMode(in request: Request) -> ColorMode? {
    value(colorModeName, in: request).flatMap(ColorMode.init(rawValue:))
  }

  /// The browser forgets the cookie when the session ends; the server does not rely on it.
  func set(_ started: StartedSession) -> String {
    let life =
      started.session.expiresAt.millisecondsSinceEpoch
      - started.session.createdAt.millisecondsSinceEpoch
    return
      "\(sessionName)=\(started.token.cookieValue)\(attributes); Max-Age=\(max(1, life / 1000))"
  }

  var clearSession: String { "\(sessionName)=\(attributes); Max-Age=0" }

  func set(_ mode: ColorMode) -> String {
    "\(colorModeName)=\(mode.rawValue)\(attributes); Max-Age=31536000"
  }

  private func value(_ name: String, in request: Request) -> String? {
    // HTTP/2 may split the header into several fields.
    let header = request.headers[values: .cookie].joined(separator: "; ")
    return header.isEmpty ? nil : CookieReader.value(of: name, in: header)
  }
}

/// What the person chose. Without a choice the pages follow the system.
enum ColorMode: String, Sendable {
  case light, dark
}
