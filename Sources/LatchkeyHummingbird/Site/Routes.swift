import LatchkeyCore

/// Where the pages of accounts live, each a path such as `/login`. Change one when the app has a page
/// of its own there.
public struct Routes: Sendable {
  /// Where people go after a login that nothing else led to, and after a logout.
  public var home = "/"
  public var login = "/login"
  public var register = "/register"
  /// "Registration successful!", for browsers without JavaScript.
  public var registered = "/registered"
  public var logout = "/logout"
  /// The page on which an account's sessions are listed and ended.
  public var sessions = "/account/sessions"
  public var password = "/account/password"
  /// Asks for the password again before a sensitive step.
  public var confirm = "/account/confirm"
  /// The stream of events by which open pages learn that their session has ended.
  public var live = "/account/live"
  /// Choosing a new password with a recovery code.
  public var recover = "/recover"
  public var colorMode = "/color-mode"
  public var health = "/health"
  /// The folder of the stylesheet, the script and the icon.
  public var assets = "/latchkey"

  public init() {}

  /// Those that show a form and take it.
  var forms: Set<String> { [login, register, logout, sessions, password, confirm, recover] }

  /// - Throws: `InvalidSettingError` for what is no path of this site: a redirect there would lead
  ///   anywhere.
  func check() throws {
    let all = [
      ("home", home), ("login", login), ("register", register), ("registered", registered),
      ("logout", logout), ("sessions", sessions), ("password", password), ("confirm", confirm),
      ("live", live), ("recover", recover), ("colorMode", colorMode), ("health", health),
      ("assets", assets),
    ]
    for (name, path) in all where LocalPath(path) == nil || path.contains("?") {
      throw InvalidSettingError(
        key: "routes.\(name)", value: path, expectation: "a path that begins with a slash")
    }
  }
}
