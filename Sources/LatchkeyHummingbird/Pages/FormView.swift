import LatchkeyCore

/// The values of the forms of accounts; each uses those that it has fields for.
struct FormView {
  var action: String
  var next: String?
  var alert: String?
  var username = Field()
  var code = Field()
  var currentPassword = Field()
  var password = Field()
  var confirmPassword = Field()
  var usernameHint = "Letters, digits and . _ - @ + '"
  var passwordHint = ""
  var minimumPasswordLength = 8

  struct Field {
    var value = ""
    var invalid = false
    var focus = false
  }

  /// A form in which a password is chosen.
  init(action: String, next: LocalPath?, policy: PasswordPolicy) {
    self.init(action: action, next: next)
    passwordHint = "At least \(policy.minimumLength) characters; a few words work well"
    minimumPasswordLength = policy.minimumLength
  }

  init(action: String, next: LocalPath?) {
    self.action = action
    self.next = next?.description
  }
}
