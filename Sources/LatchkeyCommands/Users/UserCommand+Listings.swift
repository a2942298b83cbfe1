import ArgumentParser
import LatchkeyCore

extension UserCommand {
  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "List all accounts.",
        discussion: "Example: \(Program.current.name) user list --json")
    }

    @OptionGroup var shared: SharedOptions
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let auth = try await shared.open()
      var records: [UserRecord] = []
      var last: AccountID?
      while true {
        let accounts = try await auth.accounts(after: last)
        guard let end = accounts.last else { break }
        records += accounts.map { UserRecord($0) }
        last = end.id
      }
      if json {
        try Output.json(records)
      } else {
        try Output.table(UserRecord.header, records.map(\.row))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Show one account.",
        discussion: "Example: \(Program.current.name) user show alice")
    }

    @OptionGroup var named: AccountArgument
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let (auth, account) = try await named.open()
      let record = UserRecord(account, sessions: try await auth.sessions(of: account).count)
      if json { return try Output.json(record) }
      try Output.table(
        UserRecord.header + ["SESSIONS"], [record.row + [String(record.sessions ?? 0)]])
    }
  }
}
