import Hummingbird

/// What a page says at its top about something that has just happened on another one. The address
/// carries only which of these texts it is, so that a link of somebody else's cannot put words here.
enum Notice: String {
  /// The session has ended: by a logout, by its owner elsewhere, by an operator, or by time.
  case ended
  case passwordChanged = "password-changed"
  case recovered
  case recoveredGuessed = "recovered-guessed"
  case revoked
  case revokedOthers = "revoked-others"
  case guessed

  init?(_ request: Request) {
    guard request.uri.query != nil else { return nil }
    self.init(rawValue: request.queryFields(["notice"])["notice"])
  }

  var message: String {
    switch self {
    case .ended: "You have been logged out."
    case .passwordChanged:
      "Your password was changed. Everywhere else you have been logged out."
    case .recovered: "Your password was set. Log in with it."
    case .recoveredGuessed:
      "Your password was set. Log in with it. Somebody had tried very often to guess the old one, "
        + "without success."
    case .revoked: "That browser has been logged out."
    case .revokedOthers: "All your other browsers have been logged out."
    case .guessed:
      "Somebody has tried very often to guess your password, without success. Until you choose a "
        + "new one, you can log in only in browsers in which you have logged in before."
    }
  }
}
