import ArgumentParser
import Foundation
import Latchkey

/// What every import can be told.
struct ImportOptions: ParsableArguments {
  @OptionGroup var shared: SharedOptions

  @Flag(help: "Import nothing; report what would be imported.")
  var dryRun = false

  @Option(
    help: """
      Import what can be imported, and write the rest into this new file, with the reasons: mended, it \
      can be imported with jsonl.
      """, completion: .file())
  var skipInvalid: String?

  @Flag(help: "Write the report as JSON.")
  var json = false

  /// - Throws: ``CommandFailure``.
  static func bytes(of file: String) throws -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
      throw CommandFailure("There is no file \(TerminalText(file)).")
    }
    guard !isFolder.boolValue else { throw CommandFailure("\(TerminalText(file)) is a folder.") }
    do {
      return Array(try Data(contentsOf: URL(filePath: file)))
    } catch {
      throw CommandFailure("Cannot read \(TerminalText(file)): \(error.localizedDescription)")
    }
  }

  /// - Parameter source: read already: a wrong file name must not create a database.
  func run(_ source: ForeignAccounts) async throws {
    let auth = try await shared.open(creating: !dryRun)
    // Made before anything is imported: what is skipped must have a place.
    let skipped = try dryRun ? nil : skipInvalid.map(SkippedAccounts.init(newFile:))
    let mode: ImportMode =
      dryRun ? .dryRun : skipped == nil ? .allOrNothing : .skippingInvalid
    let report: ImportReport
    do {
      (report, _) = try await Progress.shown("importing") { tell in
        try await auth.importAccounts(source, mode) {
          tell("\($0) of \(source.accounts.count.of("account"))")
        }
      }
    } catch {
      skipped?.discard()
      throw error
    }
    try skipped?.write(report)
    let record = ImportRecord(
      report, of: source, isDryRun: dryRun, skipped: skipInvalid)
    if json { try Output.json(record) } else { try record.lines.forEach(Output.line) }
    if report.refusedCount > 0 && skipInvalid == nil { throw ExitCode.failure }
  }
}
