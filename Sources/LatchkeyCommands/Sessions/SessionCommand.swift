import ArgumentParser
import LatchkeyCore

struct SessionCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "session",
      abstract: "List and revoke sessions.",
      discussion: "Example: \(Program.current.name) session list --user alice",
      subcommands: [List.self, Revoke.self])
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "List the live sessions, newest first.",
        discussion: "Example: \(Program.current.name) session list --user alice --json")
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only the sessions of this account.")
    var user: String?
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let auth = try await shared.open()
      var account: Account?
      if let user { account = try await auth.existingAccount(user) }
      let records = try await auth.sessions(of: account).map(SessionRecord.init)
      if json {
        try Output.json(records)
      } else {
        try Output.table(SessionRecord.header, records.map(\.row))
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "End one session, or all of an account.",
        discussion: """
          Example: \(Program.current.name) session revoke 6f1c2d3e4b5a69788796a5b4c3d2e1f0
          Example: \(Program.current.name) session revoke --user alice
          Example: \(Program.current.name) session revoke --all
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The ID of a session, from the list.")
    var id: String?
    @Option(help: "Revoke all sessions of this account.")
    var user: String?
    @Flag(help: "Log everybody out.")
    var all = false

    func validate() throws {
      if [id != nil, user != nil, all].count(where: { $0 }) != 1 {
        throw ValidationError("Give the ID of a session, or --user NAME, or --all.")
      }
    }

    func run() async throws {
      let auth = try await shared.open()
      if let user {
        let account = try await auth.existingAccount(user)
        let count = try await auth.revokeSessions(of: account)
        try Output.line("Revoked \(count.of("session")) of \(TerminalText(account.username)).")
      } else if all {
        let count = try await auth.revokeAllSessions()
        try Output.line("Revoked \(count.of("session")): everybody is logged out.")
      } else if let id {
        guard try await auth.revoke(SessionID(rawValue: id)) else {
          throw CommandFailure("There is no session \(TerminalText(id)).")
        }
        try Output.line("Revoked \(TerminalText(id)).")
      }
    }
  }
}

/// A session as the listings write it. The token is not in it, nor anywhere else.
private struct SessionRecord: Encodable {
  let id: String
  let username: String
  let created: String
  let lastSeen: String
  let expires: String
  let address: String
  let userAgent: String

  init(_ live: LiveSession) {
    id = live.session.id.rawValue
    username = live.account.username
    created = live.session.createdAt.description
    lastSeen = live.session.lastSeenAt.description
    expires = live.session.expiresAt.description
    address = live.session.client.address
    userAgent = live.session.client.userAgent
  }

  static let header = ["ID", "USERNAME", "CREATED", "LAST SEEN", "EXPIRES", "ADDRESS", "AGENT"]

  var row: [String] {
    [id, username, created, lastSeen, expires, address, userAgent].map {
      TerminalText($0).description
    }
  }
}
