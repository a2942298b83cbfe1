import ArgumentParser
import Latchkey

extension DatabaseCommand {
  struct Roles: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Give the user of PostgreSQL that serves what it needs, and no more.",
        discussion: """
          One user of the database owns the tables and takes migrations; another one serves, and may \
          read and write rows. The trail's triggers keep it from changing records, since it does not \
          own them. Run this as the owner, after db migrate; again after a change of mind: what is \
          not given is taken away. The tables of later migrations are given to it as they come. A \
          user that could do more all the same, by a role that it is in, is refused.

          With --hide-hashes the serving user cannot read password hashes, not even with an SQL \
          injection in the app: it asks the database how a hash was made, and whether one that it \
          computed is the account's. Views over accounts are not given to it then: they would be \
          read with the rights of their owner.

          Exit codes: 0 done; 1 nothing was changed, and the message says why.

          Example: \(Program.current.name) db roles --app latchkey_app --hide-hashes --database postgres://owner@db.example.org/app
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "The user that serves. It is there already.")
    var app: String
    @Flag(help: "It may not read password hashes.")
    var hideHashes = false
    @Flag(help: "Write the SQL that would run, and change nothing.")
    var dryRun = false

    func run() async throws {
      switch try await DatabaseLocation(shared.settings()) {
      case .sqlite:
        throw CommandFailure(
          "SQLite has no users: the rights of the file are all there is. This is for postgres://….")
      #if Postgres
        case .postgres(let options):
          let roles = PostgresRoles(options)
          if dryRun {
            let statements = try await roles.statements(for: app, hidingHashes: hideHashes)
            return try (["BEGIN"] + statements + ["COMMIT"]).forEach { try Output.line("\($0);") }
          }
          try await roles.set(for: app, hidingHashes: hideHashes)
          try Output.line(
            "\(TerminalText(app)) may serve"
              + (hideHashes ? ", and cannot read password hashes." : "."))
      #endif
      }
    }
  }
}
