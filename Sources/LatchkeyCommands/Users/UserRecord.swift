import LatchkeyCore

/// An account as `--json` writes it.
struct UserRecord: Encodable {
  let id: Int64
  let username: String
  let enabled: Bool
  let created: String
  var sessions: Int?

  init(_ account: Account, sessions: Int? = nil) {
    id = account.id.rawValue
    username = account.username
    enabled = account.isEnabled
    created = account.createdAt.description
    self.sessions = sessions
  }

  static let header = ["ID", "USERNAME", "STATE", "CREATED"]

  var row: [String] {
    [String(id), TerminalText(username).description, enabled ? "enabled" : "disabled", created]
  }
}
