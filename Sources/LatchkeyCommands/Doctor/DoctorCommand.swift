import ArgumentParser
import Configuration
import Foundation
import Latchkey

struct DoctorCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "doctor",
      abstract: "Look at settings and database, and say what to mend, why and how.",
      discussion: """
        Reads the settings as serve would, given here the same way, and the database; it changes \
        nothing and asks nobody else.

        Exit codes: 0 nothing to mend; 1 it could not look; 2 something should be mended; 3 \
        something must be mended.

        Example: \(Program.current.name) doctor --config settings.json --json
        """)
  }

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Write JSON.")
  var json = false

  func run() async throws {
    let settings = try await shared.settings()
    let path = try SharedOptions.database(settings)
    let look = try await SQLiteStore.look(at: path)
    var found =
      try Findings.ofEnvironment(ProcessInfo.processInfo.environment)
      + Findings.ofDeployment(settings) + Findings.ofOwnTables(look)
      + Findings.ofMigrations(settings, look)
    // Opened, the database would be brought up to date.
    if look.own.pending.isEmpty {
      found += try await Findings.ofDatabase(
        SQLiteStore(path: path, creating: false), LocalAuth.Configuration(reader: settings),
        WallClock.system.now)
    }
    let findings = Finding.Level.allCases.flatMap { level in found.filter { $0.level == level } }
    if json {
      try Output.json(findings)
    } else {
      for finding in findings { try Output.line("\(finding)\n") }
      if findings.allSatisfy({ $0.level == .note }) { try Output.line("Nothing to mend.") }
    }
    if findings.contains(where: { $0.level == .must }) { throw ExitCode(3) }
    if findings.contains(where: { $0.level == .should }) { throw ExitCode(2) }
  }
}

/// Something to mend, or to know.
struct Finding: Encodable, CustomStringConvertible {
  enum Level: String, Encodable, CaseIterable {
    case must, should, note
  }

  let level: Level
  /// What is so.
  let finding: String
  let why: String
  let mend: String

  var description: String {
    "\(level.rawValue.uppercased()): \(finding)\n  Why: \(why)\n  Mend: \(mend)"
  }
}
