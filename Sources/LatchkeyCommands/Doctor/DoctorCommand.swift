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

        Exit codes: 0 nothing to mend; 2 something should be mended; 3 \
        something must be mended.

        Example: \(Program.current.name) doctor --config settings.json --json
        """)
  }

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Write JSON.")
  var json = false

  func run() async throws {
    let found = await findings()
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

  private func findings() async -> [Finding] {
    let environment = ProcessInfo.processInfo.environment
    var found = Findings.ofEnvironment(environment)
    found += Findings.ofSettingsFile(shared.config ?? environment["LATCHKEY_CONFIG"])
    do {
      let settings = try await shared.settings()
      let wanted = try ServeSettings(settings)
      found += Findings.ofDeployment(wanted)
      found += await look(settings, wanted)
    } catch {
      found.append(Finding(refused: error, why: "Nothing starts with these settings."))
    }
    return found
  }

  private func look(_ settings: ConfigReader, _ wanted: ServeSettings) async -> [Finding] {
    var found: [Finding] = []
    do {
      let migrations = try Migrations(settings)
      let look = try await migrations.database.look(orAtNone: true)
      let mayCompare = try await migrations.database.mayCompare()
      if !mayCompare { found.append(Findings.notCompared) }
      found += try await Findings.ofMigrations(migrations, look, comparing: mayCompare)
      if look.own.applied.isEmpty {
        return found + [Findings.noTables(in: migrations.database)]
      }
      found += try await Findings.ofOwnTables(migrations.database, look, comparing: mayCompare)
      if look.own.pending.isEmpty {
        found += try await Findings.ofDatabase(
          wanted.database, wanted.configuration, WallClock.system.now)
      }
    } catch {
      found.append(Finding(refused: error, why: "The app does not start with it."))
    }
    return found
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

  init(level: Level, finding: String, why: String, mend: String) {
    self.level = level
    self.finding = finding
    self.why = why
    self.mend = mend
  }

  init(_ condition: DatabaseDiagnosis.Condition) {
    let level: Level =
      switch condition.severity {
      case .danger: .must
      case .risk: .should
      case .note: .note
      }
    self.init(
      level: level, finding: "\(TerminalText(condition.finding))", why: condition.why,
      mend: condition.mend)
  }

  /// For an error whose words say what to do.
  init(refused error: any Error, why: String) {
    let isStore = error is StoreUnavailableError
    self.init(
      level: .must, finding: "\(error)", why: why,
      mend: isStore ? "Make the database answer; its own log may say more." : "As it says.")
  }

  var description: String {
    "\(level.rawValue.uppercased()): \(finding)\n  Why: \(why)\n  Mend: \(mend)"
  }
}
