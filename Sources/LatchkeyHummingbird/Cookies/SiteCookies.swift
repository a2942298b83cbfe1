import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The three cookies of the site and their attributes.
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
  private var deviceName: String { prefix + "latchkey-device" }
  private var colorModeName: String { prefix + "latchkey-color-mode" }

  func sessionToken(in request: Request) -> SessionToken? {
    value(sessionName, in: request).flatMap(SessionToken.init(cookieValue:))
  }

  func deviceTokens(in request: Request) -> DeviceTokens {
    DeviceTokens(cookieValue: value(deviceName, in: request) ?? "")
  }

  /// Every token that the browser sent, also those of which nobody can tell whether they are ours.
  func allSessionTokens(in request: Request) -> [SessionToken] {
    values(sessionName, in: request).prefix(Self.maximumTokens)
      .compactMap(SessionToken.init(cookieValue:))
  }

  /// Each costs a look into the store, so a header full of them is not followed to its end.
  private static let maximumTokens = 32

  func colorMode(in request: Request) -> ColorMode? {
    value(colorModeName, in: request).flatMap(ColorMode.init(rawValue:))
  }

  /// The browser forgets the cookie when the session ends; the server does not rely on it.
  func set(_ started: StartedSession, on response: inout Response) {
    set(started.token, started.device, started.session, from: started.session.createdAt, &response)
  }

  /// The new tokens of a session that goes on.
  func set(
    _ renewed: RenewedSession, of session: Session, at now: Timestamp, on response: inout Response
  ) {
    set(renewed.token, renewed.device, session, from: now, &response)
  }

  private func set(
    _ token: SessionToken, _ device: DeviceTokens, _ session: Session, from now: Timestamp,
    _ response: inout Response
  ) {
    let left = session.expiresAt.milliseconds(since: now)
    add(sessionName, token.cookieValue, seconds: max(1, left / 1000), to: &response)
    set(device, on: &response)
  }

  func set(_ device: DeviceTokens, on response: inout Response) {
    add(
      deviceName, device.cookieValue, seconds: KnownBrowser.lifetime.components.seconds,
      to: &response)
  }

  func clearSession(on response: inout Response) {
    add(sessionName, "", seconds: 0, to: &response)
  }

  func set(_ mode: ColorMode, on response: inout Response) {
    add(colorModeName, mode.rawValue, seconds: 365 * 24 * 3600, to: &response)
  }

  private func add(
    _ name: String, _ value: String, seconds: Int64, to response: inout Response
  ) {
    response.headers.append(
      HTTPField(
        name: .setCookie, value: "\(name)=\(value)\(attributes); Max-Age=\(seconds)"))
  }

  /// Nil also when there is more than one: a second cookie of the name was planted by someone
  /// (another path, a neighbouring host), and nobody can tell which is ours.
  private func value(_ name: String, in request: Request) -> String? {
    let values = values(name, in: request)
    return values.count == 1 ? values[0] : nil
  }

  private func values(_ name: String, in request: Request) -> [String] {
    // HTTP/2 may split the header into several fields.
    let header = request.headers[values: .cookie].joined(separator: "; ")
    return header.isEmpty ? [] : CookieReader.values(of: name, in: header)
  }
}

/// What the person chose. Without a choice the pages follow the system.
enum ColorMode: String, Sendable {
  case light, dark
}
