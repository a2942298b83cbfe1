import ArgumentParser
import Foundation
import Latchkey

struct BackupCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "backup",
      abstract: "Write the SQLite database to one file, while it is in use.",
      discussion: """
        The file is the database as it was at one moment: accounts, sessions, the audit trail and the \
        app's own tables. It is read again before it gets its name: all of it, and the trail's chain. \
        Nobody waits meanwhile. A plain copy of the files of a database in use is not a backup.

        For PostgreSQL use pg_dump, or its continuous archiving.

        Exit codes: 0 the file is there, and whole; 1 it is not; 2 it is there, but the audit trail in \
        it is not as it was written, and so in the database.

        Example: \(Program.current.name) backup app-2026-11-27.db --database app.db
        """)
  }

  @OptionGroup var shared: SharedOptions
  @Argument(help: "The new file.", completion: .file())
  var file: String
  @Flag(help: "Write JSON.")
  var json = false

  func run() async throws {
    let path = try await shared.sqlitePath(instead: "pg_dump")
    let (contents, time) = try await Output.newFile(file) { new in
      try await Progress.shown("copying") { tell in
        try await SQLiteBackup.write(path, to: new.temporary) { tell(percent($0)) }
      }
    }
    if json {
      try Output.json(BackupRecord(contents))
    } else {
      try Output.line(
        "Wrote \(TerminalText(file)): \(contents.accounts.of("account")), \(contents.trailInWords) "
          + "(\(time)).")
    }
    if case .broken = contents.trail { throw ExitCode(2) }
  }
}

struct RestoreCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "restore",
      abstract: "Make the database of a backup.",
      discussion: """
        The backup is read whole and checked before anything is changed, and stays as it is. All \
        sessions and recovery codes in it are ended: they may have been ended since. Who has changed \
        the password since has the old one again, and who was disabled or deleted since is not: look \
        through the audit trail of the database that is replaced.

        Refuses to take the place of a database unless told to; then nobody may have it open, and a \
        copy of it is kept under another name. A backup of an older version is brought up to date.

        Exit codes: 0 done; 1 nothing was changed, and the message says why; 2 done, but the audit \
        trail is not as it was written.

        Example: \(Program.current.name) restore app-2026-11-27.db --database app.db
        """)
  }

  @OptionGroup var shared: SharedOptions
  @Argument(help: "The file that backup has written.", completion: .file())
  var file: String
  @Flag(help: "Take the place of the database that is there, and keep it under another name.")
  var replace = false
  @Flag(help: "Write JSON.")
  var json = false

  func run() async throws {
    let path = try await shared.sqlitePath(instead: "pg_restore")
    let entry = AuditEntry(
      at: WallClock.system.now, event: .restored, source: .commandLine(user: NSUserName()))
    let made = MadeFiles()
    let interruption = Interruption { made.discard() }
    defer { interruption.end() }
    let ((contents, replaced), time) = try await Progress.shown("restoring") { tell in
      do {
        return try await SQLiteBackup.restore(
          file, to: path, isReplacing: replace, entry: entry, making: made.make
        ) { tell(percent($0)) }
      } catch let error as NewFileError {
        throw CommandFailure("Cannot write \(TerminalText(error.path)): \(error.reason).")
      }
    }
    if json {
      try Output.json(BackupRecord(contents, replaced: replaced))
    } else {
      try Output.line(
        "Restored \(TerminalText(path)): \(contents.accounts.of("account")), \(contents.trailInWords) "
          + "(\(time)). Everyone logs in again.")
      if let replaced {
        try Output.line("The database that was there is \(TerminalText(replaced)).")
      }
    }
    if case .broken = contents.trail { throw ExitCode(2) }
  }
}

private struct BackupRecord: Encodable {
  let accounts: Int
  /// Nil where it was not read.
  let auditIsIntact: Bool?
  /// `17:…`, to be noted elsewhere; see audit verify.
  let auditHead: String?
  /// Sessions and recovery codes.
  let ended: Int
  let replaced: String?

  init(_ contents: SQLiteBackup.Contents, replaced: String? = nil) {
    accounts = contents.accounts
    ended = contents.ended
    self.replaced = replaced
    switch contents.trail {
    case .intact(_, let head): (auditIsIntact, auditHead) = (true, "\(head)")
    case .broken: (auditIsIntact, auditHead) = (false, nil)
    case nil: (auditIsIntact, auditHead) = (nil, nil)
    }
  }
}

extension SQLiteBackup.Contents {
  fileprivate var trailInWords: String {
    switch trail {
    case nil: "of an older version, so that its audit trail was not read"
    case .intact(let records, _): "\(records.of("audit record")) in an unbroken chain"
    case .broken(let problem): problem.message
    }
  }
}

private func percent(_ share: Double) -> String { "\(Int(share * 100)) %" }

extension SharedOptions {
  /// - Throws: ``CommandFailure`` for a database of PostgreSQL's.
  fileprivate func sqlitePath(instead tool: String) async throws -> String {
    switch try await DatabaseLocation(settings()) {
    case .sqlite(let path): return path
    #if Postgres
      case .postgres:
        throw CommandFailure("This is for SQLite. For PostgreSQL use \(tool).")
    #endif
    }
  }
}
