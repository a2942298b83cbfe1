import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The three cookies of the site and their attributes.
struct SiteCookies: Sendable {
  let sessionName: String
  private let deviceName: String
  private let colorModeName: String
  private let attributes: String

  /// `__Host-` makes the browser insist on Secure, on `Path=/` and on no `Domain`, so that no
  /// neighbouring host can plant the cookie (ASVS 3.3.1, 3.3.3).
  init(isSecure: Bool) {
    let prefix = isSecure ? "__Host-" : ""
    sessionName = prefix + "latchkey"
    deviceName = prefix + "latchkey-device"
    colorModeName = prefix + "latchkey-color-mode"
    attributes = "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
  }

  func sessionToken(in fields: HTTPFields) -> SessionToken? {
    value(sessionName, in: fields).flatMap(SessionToken.init(cookieValue:))
  }

  func deviceTokens(in fields: HTTPFields) -> DeviceTokens {
    DeviceTokens(cookieValue: value(deviceName, in: fields) ?? "")
  }

  /// Every token that the browser sent, also those of which nobody can tell whether they are ours.
  func allSessionTokens(in fields: HTTPFields) -> [SessionToken] {
    CookieReader.values(of: sessionName, in: fields).prefix(Self.maximumTokens)
      .compactMap(SessionToken.init(cookieValue:))
  }

  /// Each costs a look into the store, so a header full of them is not followed to its end.
  private static let maximumTokens = 32

  func colorMode(in fields: HTTPFields) -> ColorMode? {
    value(colorModeName, in: fields).flatMap(ColorMode.init(rawValue:))
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
  private func value(_ name: String, in fields: HTTPFields) -> String? {
    let values = CookieReader.values(of: name, in: fields)
    return values.count == 1 ? values[0] : nil
  }
}

/// What the person chose. Without a choice the pages follow the system.
enum ColorMode: String, Sendable {
  case light, dark
}
