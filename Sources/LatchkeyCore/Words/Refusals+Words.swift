extension RegisterRefusal {
  /// What a person reads, the same at every door. The first four texts are the seed's.
  public var message: String {
    switch self {
    case .username(let problem): problem.message
    case .usernameTaken(let username):
      "Username \(username.text) is already registered. Try a different name"
    case .password(let problem): problem.message
    case .passwordsDiffer: "Passwords do not match"
    }
  }
}

extension UsernameProblem {
  public var message: String {
    switch self {
    case .empty: "Username cannot be empty"
    case .tooLong:
      "Username is too long. Use at most \(Username.maximumLength) characters"
    case .characterNotAllowed(let scalar):
      "Username can have letters, digits and . _ - @ + ' only. Remove \(scalar.spokenName)"
    case .startsWrongly: "Username must begin with a letter or a digit"
    case .mixesScripts:
      "Username mixes letters of different scripts, such as Latin and Cyrillic, or digits of two "
        + "kinds. Use those of one"
    }
  }
}

extension PasswordProblem {
  public var message: String {
    switch self {
    case .empty: "Password cannot be empty"
    case .tooShort(let minimum): "Password is too short. Use at least \(minimum) characters"
    case .tooLong(let maximum): "Password is too long. Use at most \(maximum) characters"
    case .tooManyBytes(let maximum):
      "Password is too long. Use at most \(maximum) bytes: a plain letter takes one, "
        + "other letters and emoji take two to four"
    case .containsNUL: "Password contains an invisible character (NUL). Type it by hand"
    case .common:
      "This password is one of those that are tried first. Choose another, such as a few words "
        + "that do not belong together"
    case .consistsOf(let word):
      "Password is little more than “\(word)”, which is easy to guess. Choose another"
    }
  }
}

extension PasswordChangeRefusal {
  public var message: String {
    switch self {
    case .currentPasswordWrong: "The current password is not right, please try again."
    case .password(let problem): problem.message
    case .passwordsDiffer: RegisterRefusal.passwordsDiffer.message
    }
  }
}

extension RecoveryRefusal {
  public var message: String {
    switch self {
    case .code:
      "This code cannot be used for this username: it may be mistyped, used or older than "
        + "15 minutes. Check both, or ask for a new code"
    case .password(let problem): problem.message
    case .passwordsDiffer: RegisterRefusal.passwordsDiffer.message
    }
  }
}

extension Throttled {
  /// The same whether there is such an account or not.
  public var message: String {
    "Too many attempts. Try again in \(wait)."
  }

  /// With the ways that are open meanwhile.
  public var loginMessage: String {
    "\(message) A browser in which you have logged in before is not affected, nor is a recovery code."
  }

  private var wait: String {
    if retryAfterSeconds < 60 {
      return retryAfterSeconds == 1 ? "1 second" : "\(retryAfterSeconds) seconds"
    }
    let minutes = (retryAfterSeconds + 59) / 60
    return minutes == 1 ? "1 minute" : "\(minutes) minutes"
  }
}

extension Unicode.Scalar {
  /// The character in quotes, or its number and name when showing it would show nothing, or
  /// would turn the line around.
  fileprivate var spokenName: String {
    switch properties.generalCategory {
    case .spaceSeparator: "the blank"
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      "the invisible character U+"
        + String(repeating: "0", count: max(0, 4 - String(value, radix: 16).count))
        + String(value, radix: 16, uppercase: true)
    case .nonspacingMark, .enclosingMark, .spacingMark: "“\u{25CC}\(self)”"
    default: "“\(self)”"
    }
  }
}
