/// Where the pages of accounts live. Change one when the app has a page of its own there.
public struct Routes: Sendable {
  /// Where people go after a login that nothing else led to, and after a logout.
  public var home = "/"
  public var login = "/login"
  public var register = "/register"
  /// "Registration successful!", for browsers without JavaScript.
  public var registered = "/registered"
  public var logout = "/logout"
  public var colorMode = "/color-mode"
  public var health = "/health"
  /// The folder of the stylesheet, the script and the icon.
  public var assets = "/latchkey"

  public init() {}
}
