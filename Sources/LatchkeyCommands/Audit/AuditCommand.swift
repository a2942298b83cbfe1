import ArgumentParser
import LatchkeyCore

struct AuditCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "audit",
      abstract: "Read and verify the audit trail.",
      discussion: "Example: \(Program.current.name) audit list --user alice",
      subcommands: [List.self, Tail.self, Verify.self])
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "List the last security events, oldest first.",
        discussion: "Example: \(Program.current.name) audit list --user alice --last 20 --json")
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only events of this account.")
    var user: String?
    @Option(help: "Only events of the account with this ID, which may be gone.")
    var account: Int64?
    @Option(help: "How many events (default: 100). All of them: audit tail --after 0.")
    var last = 100
    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
      if last < 1 { throw ValidationError("--last must be 1 or more.") }
      if user != nil, account != nil { throw ValidationError("Give --user or --account.") }
    }

    func run() async throws {
      let auth = try await shared.open()
      var id = account.map(AccountID.init(rawValue:))
      if let user { id = try await auth.existingAccount(user).id }
      let records = try await auth.lastAuditRecords(last, of: id).map(AuditLine.init)
      if json {
        try Output.json(records)
      } else {
        try Output.table(AuditLine.header, records.map(\.row))
      }
    }
  }

  struct Tail: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Write security events as they come, until Ctrl-C.",
        discussion: """
          Events of all processes on the database. With --after, first those behind that number: a \
          shipper that remembers the last one misses none.

          Example: \(Program.current.name) audit tail --json --after 4711
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "Begin behind this number.")
    var after: Int64?
    @Flag(help: "Write one JSON object on each line.")
    var json = false

    func run() async throws {
      let auth = try await shared.open()
      for try await record in auth.auditEvents(after: after) {
        let line = AuditLine(record)
        if json {
          try Output.jsonLine(line)
        } else {
          try Output.line(line.row.joined(separator: "  "))
        }
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Check that no record was changed or removed.",
        discussion: """
          Prints the head of the trail. Note it on another machine: whoever may write to the \
          database can make the trail anew, and that shows only against a head that was noted \
          before (--known).

          Exit codes: 0 the trail is whole; 1 it is not, and the message says where.

          Example: \(Program.current.name) audit verify --known 4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "A head that was noted before.")
    var known: String?
    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
      if let known, AuditChain.Link(known) == nil {
        throw ValidationError("--known must be a number, a colon and 64 hexadecimal digits.")
      }
    }

    func run() async throws {
      let auth = try await shared.open()
      let result = try await auth.verifyAudit(against: known.flatMap { AuditChain.Link($0) }) {
        // Each thousandth record; a short trail needs no progress.
        if StandardInput.showsProgress, $0 > 0, $0 % 10_000 == 0 {
          StandardInput.ask("\($0) records read\n")
        }
      }
      switch result {
      case .intact(let records, let head):
        if json {
          try Output.json(
            VerifyRecord(intact: true, records: records, head: "\(head)", problem: nil))
        } else {
          try Output.line("The audit trail is whole: \(records.of("record")). Head: \(head)")
        }
      case .broken(let problem):
        if json {
          try Output.json(
            VerifyRecord(intact: false, records: nil, head: nil, problem: problem.message))
          throw ExitCode(1)
        }
        throw CommandFailure(problem.message)
      }
    }
  }
}
