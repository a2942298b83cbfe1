import ArgumentParser
import Latchkey

extension DatabaseCommand {
  struct Status: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Say which migrations have been applied, and what does not fit.",
        discussion: """
          Exit codes: 0 all fits; 1 files and database do not belong together, and the message \
          says why; 2 there is something to do (db migrate, db makemigrations); 3 the database is \
          not as the migrations make it.

          As JSON: steps and latchkeySteps (id, and applied when it is), undeclared (the statements \
          that a new migration would have), drift (object, problem, and its SQL as made and as \
          found), latchkeyChanged; isCompared is false where these were not looked for, since the \
          user of the database may not.

          Example: \(Program.current.name) db status --json
          """)
    }

    @OptionGroup var options: MigrationOptions
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let settings = try await options.shared.settings()
      let migrations = try Migrations(settings, path: options.migrations)
      let database = migrations.database
      let look = try await database.look(orAtNone: false)
      let state = try migrations.state(of: look)
      var status = StatusRecord(own: look.own, state)
      if try await database.mayCompare() {
        status.isCompared = true
        status.latchkeyChanged = try await database.changedOwn(after: look.own.applied)
        status.drift = try await database.drift(after: state.applied)
        status.undeclared = try await migrations.undeclared(after: state.applied + state.pending)
      }
      if json { try Output.json(status) } else { try status.write() }
      if status.exitCode != 0 { throw ExitCode(status.exitCode) }
    }
  }
}

/// What `db status` says, as `--json` writes it.
private struct StatusRecord: Encodable {
  struct Step: Encodable {
    let id: String
    let applied: String?

    init(_ step: MigrationState.Step) {
      id = step.file.id
      applied = step.appliedAt.map { Timestamp(millisecondsSinceEpoch: $0).description }
    }
  }

  /// Of Latchkey's own tables.
  let latchkeySteps: [Step]
  /// Of the app's.
  let steps: [Step]
  /// What of Latchkey's own tables, indexes and triggers is not as its steps make it.
  var latchkeyChanged: [String] = []
  /// What of the app's is not as the migrations make it.
  var drift: [Drift] = []
  /// What the declared tables have and the migrations do not.
  var undeclared: [String] = []
  /// Whether these three were looked for.
  var isCompared = false

  init(own: MigrationState, _ state: MigrationState) {
    latchkeySteps = own.steps.map(Step.init)
    steps = state.steps.map(Step.init)
  }

  var exitCode: Int32 {
    if !drift.isEmpty || !latchkeyChanged.isEmpty { return 3 }
    return undeclared.isEmpty && (latchkeySteps + steps).allSatisfy { $0.applied != nil } ? 0 : 2
  }

  func write() throws {
    try Output.table(["MIGRATION", "APPLIED"], steps.map { [$0.id, $0.applied ?? "pending"] })
    let pending = latchkeySteps.filter { $0.applied == nil }.map(\.id)
    try Output.line(
      pending.isEmpty
        ? "\nLatchkey's own tables are up to date."
        : "\nOf Latchkey's own tables is pending: \(pending.joined(separator: ", "))")
    if !isCompared {
      try Output.line(
        "\nThe tables were not compared with what the migrations make: that is seen in a schema that "
          + "this user of the database, or a replica, may not make. Run it as the owner of the tables."
      )
    }
    if !latchkeyChanged.isEmpty {
      try Output.line(
        "\nOf Latchkey's own this is gone or changed: " + latchkeyChanged.joined(separator: ", "))
    }
    if !drift.isEmpty {
      try Output.line("\nThe database is not as the migrations make it:")
      for drift in drift {
        try Output.line("")
        for line in drift.description.split(separator: "\n") {
          try Output.line("\(TerminalText(String(line)))")
        }
      }
    }
    if !undeclared.isEmpty {
      try Output.line(
        "\nThe declared tables differ from what the migrations make. Write the difference down with: "
          + Program.current.line("db makemigrations --message \"…\""))
    }
  }
}
