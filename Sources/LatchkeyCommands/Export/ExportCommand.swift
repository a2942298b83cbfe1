import ArgumentParser
import Foundation
import Latchkey

struct ExportCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "export",
      abstract: "Write the accounts to a file, to keep or to take elsewhere.",
      discussion: "Example: \(Program.current.name) export jsonl accounts.jsonl",
      subcommands: [JSONL.self])
  }

  struct JSONL: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "jsonl",
        abstract: "Write everything of every account as JSON, one on each line.",
        discussion: """
          The username as it is spelled, the password's hash and whose it is, whether the account is \
          enabled, when it was made; and for the record its sessions, the browsers that it is known \
          to and a recovery code's dates, without their secrets. import jsonl reads the file again: \
          everyone logs in with the same password. The audit trail is not in it: audit list --json.

          Whoever has the file can try passwords, without end and at leisure. It is made for its \
          owner alone; keep it as you keep the database.

          On PostgreSQL run it as the user that owns the tables: who serves may not read hashes.

          Exit codes: 0 the file is there, whole; 1 it could not be written, and is not there.

          Example: \(Program.current.name) export jsonl accounts.jsonl --database app.db
          Example: \(Program.current.name) export jsonl - | age -r age1… > accounts.jsonl.age
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The new file, or - for the standard output.", completion: .file())
    var file: String

    func run() async throws {
      let auth = try await shared.open()
      if file == "-" {
        _ = try await auth.exportAccounts { accounts in
          for account in accounts { try Output.jsonLine(AccountRecord(whole: account)) }
        }
        return
      }
      let (count, time) = try await Output.newFile(file) { new in
        guard let handle = FileHandle(forWritingAtPath: new.temporary) else {
          throw CommandFailure("Cannot write \(TerminalText(file)).")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try await Progress.shown("exporting") { tell in
          var written = 0
          return try await auth.exportAccounts { accounts in
            var lines = Data()
            for account in accounts {
              lines += try encoder.encode(AccountRecord(whole: account))
              lines.append(UInt8(ascii: "\n"))
            }
            try handle.write(contentsOf: lines)
            written += accounts.count
            tell(written.of("account"))
          }
        }
      }
      try Output.line("Wrote \(count.of("account")) to \(TerminalText(file)) (\(time)).")
    }
  }
}

extension AccountRecord {
  fileprivate init(whole export: AccountExport) {
    self.init(export)
    add(export.password)
  }
}

extension UserCommand {
  struct Export: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Write everything of one account as JSON: what a person may ask for.",
        discussion: """
          Also what the audit trail says of it. The password's hash is left out: whoever gets hold of \
          it can try passwords. --hash adds it, for a move to another site.

          Example: \(Program.current.name) user export alice > alice.json
          """)
    }

    @OptionGroup var named: AccountArgument
    @Flag(help: "With the hash of the password.")
    var hash = false

    func run() async throws {
      let (auth, account) = try await named.open()
      guard let (export, events) = try await auth.export(account) else {
        throw AccountNotFoundError()
      }
      var record = AccountRecord(export)
      if hash { record.add(export.password) }
      record.events = events.map(AuditLine.init)
      try Output.json(record)
    }
  }
}
