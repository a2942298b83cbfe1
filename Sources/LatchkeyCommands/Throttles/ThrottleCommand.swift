import ArgumentParser
import LatchkeyCore

struct ThrottleCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "throttle",
      abstract: "List and clear what is counted against guessing.",
      discussion: "Example: \(Program.current.name) throttle list",
      subcommands: [List.self, Clear.self])
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "List the counts of failures, the most failures first.",
        discussion: """
          Kinds: account (strangers at an account), known-browser (its owner's browsers), session \
          (passwords asked for again), unknown-name (names that nobody has share counts), \
          address, registration (by address), everyone.

          Example: \(Program.current.name) throttle list --json
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let auth = try await shared.open()
      var records: [ThrottleLine] = []
      for record in try await auth.throttles(limit: 10_000) {
        records.append(try await ThrottleLine(record, auth))
      }
      if json {
        try Output.json(records)
      } else {
        try Output.table(ThrottleLine.header, records.map(\.row))
      }
    }
  }

  struct Clear: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Forget failures: of an account, of an address, or all.",
        discussion: """
          Example: \(Program.current.name) throttle clear --user alice
          Example: \(Program.current.name) throttle clear --address 192.0.2.7
          Example: \(Program.current.name) throttle clear --all
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "The failures counted against this account.")
    var user: String?
    @Option(help: "The failures and registrations of this client.")
    var address: String?
    @Flag(help: "Everything that is counted.")
    var all = false

    func validate() throws {
      if [user != nil, address != nil, all].count(where: { $0 }) != 1 {
        throw ValidationError("Give --user NAME, --address ADDRESS or --all.")
      }
      if let address, IPAddress(address) == nil {
        throw ValidationError("--address must be an IPv4 or IPv6 address.")
      }
    }

    func run() async throws {
      let auth = try await shared.open()
      var count = 0
      if let user {
        count = try await auth.clearThrottles(of: auth.existingAccount(user))
      } else {
        count = try await auth.clearThrottles(of: address.flatMap { IPAddress($0) })
      }
      try Output.line("Cleared \(count.of("count")).")
    }
  }
}

/// A count as the listings write it.
private struct ThrottleLine: Encodable {
  let kind: String
  let subject: String
  let failures: Int
  let blockedUntil: String?

  init(_ record: ThrottleRecord, _ auth: LocalAuth) async throws {
    kind = record.kind.rawValue
    failures = record.count.failures
    let isBlocked = record.count.blockedUntil > auth.clock.now
    blockedUntil = isBlocked ? record.count.blockedUntil.description : nil
    let id = record.key.split(separator: "/").first.flatMap { Int64($0) }.map(AccountID.init)
    switch record.kind {
    case .account, .knownBrowser:
      let account = if let id { try await auth.store.account(id) } else { Account?.none }
      subject = account?.username ?? record.key
    default: subject = record.key
    }
  }

  static let header = ["KIND", "SUBJECT", "FAILURES", "BLOCKED UNTIL"]

  var row: [String] {
    [kind, subject, String(failures), blockedUntil ?? "-"].map { TerminalText($0).description }
  }
}
