import LatchkeyCore

/// The values of the login and the registration form.
struct FormView {
  var action: String
  var next: String?
  var alert: String?
  var username = Field()
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

  init(action: String, next: LocalPath?) {
    self.action = action
    self.next = next?.description
  }
}
