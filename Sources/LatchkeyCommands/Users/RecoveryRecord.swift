import LatchkeyCore

/// A recovery code on its way to the operator: the one place where it is written.
struct RecoveryRecord: Encodable {
  let username: String
  let code: String
  let expires: String
  let enabled: Bool

  init(_ account: Account, _ code: RecoveryCode, _ auth: LocalAuth) {
    username = account.username
    self.code = code.text
    enabled = account.isEnabled
    expires = (auth.clock.now + RecoveryCode.lifetime).description
  }

  func write(json: Bool, _ done: String) throws {
    if json { return try Output.json(self) }
    try Output.line(TerminalText(done).description)
    try Output.line("Recovery code: \(code)")
    try Output.line("It is good once, until \(expires), on the page /recover.")
    if !enabled {
      try Output.line(
        "The account is disabled: until it is enabled (latchkey user enable), the code opens nothing."
      )
    }
  }
}
