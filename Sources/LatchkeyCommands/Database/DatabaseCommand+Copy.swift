import ArgumentParser
import Foundation
import Latchkey

extension DatabaseCommand {
  struct Copy: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Copy everything into another, empty database.",
        discussion: """
          From SQLite to PostgreSQL or back: accounts with their passwords, sessions (who is logged in \
          stays so), known browsers, recovery codes, throttles, the audit trail with its chain, and \
          the app's own tables. The target must have no rows, and the app's tables as its migrations \
          make them. All is one transaction, and each row is read again and compared before it counts.

          Copy as the user of PostgreSQL that owns the tables; its password belongs into ~/.pgpass or \
          a service file, since others can see a command line. Afterwards run db roles again, if \
          another user serves.

          Nobody can write to either database meanwhile. Stop the servers first, and start them with \
          the new database: what they write to the old one afterwards is not in the new.

          Exit codes: 0 all was copied and compared; 1 nothing was, and the message says why.

          Example: \(Program.current.name) db copy app.db postgres://app@db.example.org/app?sslmode=verify-full
          """)
    }

    @Option(help: "A JSON file with settings. [LATCHKEY_CONFIG]")
    var config: String?
    @Argument(help: "The database to copy: a file, or postgres://…")
    var from: String
    @Argument(help: "The empty database, likewise. A file is made.")
    var to: String
    @Flag(help: "Write JSON: each table with its rows and their checksum.")
    var json = false

    func run() async throws {
      let settings = try await SharedOptions.settings([:], config: config)
      let source = try DatabaseLocation(from, settings)
      let target = try DatabaseLocation(to, settings)
      guard try await source.database.look(orAtNone: false).own.pending.isEmpty else {
        throw CommandFailure(
          "The database to copy is not up to date. First: \(Program.current.name) db migrate, with "
            + "it as --database.")
      }
      try await target.bringUpToDate()
      let interruption = Interruption { StandardInput.ask("\nNothing was copied.\n") }
      let (copied, time) = try await Progress.shown("copying") { tell in
        let copy = try DatabaseCopy(from: source.copyEnd(), to: target.copyEnd())
        return try await copy.run(progress: tell, willCommit: interruption.end)
      }
      if json {
        try Output.json(copied.map(CopiedRecord.init))
      } else {
        try Output.table(
          ["TABLE", "ROWS", "CHECKSUM"],
          copied.map { [$0.table, "\($0.checksum.count)", "\($0.checksum.digits.prefix(16))"] })
        try Output.line("Copied all of it, and compared it there (\(time)).")
      }
    }
  }
}

private struct CopiedRecord: Encodable {
  let table: String
  let rows: Int
  let checksum: String

  init(_ copied: DatabaseCopy.Copied) {
    table = copied.table
    rows = copied.checksum.count
    checksum = copied.checksum.digits
  }
}
