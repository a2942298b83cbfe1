import ArgumentParser
import Foundation
import Latchkey

struct ImportCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "import",
      abstract: "Bring in the accounts of another system with their passwords.",
      discussion: """
        Everyone logs in with the old password, which then gets a hash of this site's scheme. A \
        disabled account stays disabled. Sessions are not carried over: everyone logs in once.

        Either all accounts are imported or none. When some cannot be, the report says which and why; \
        --skip-invalid imports the others. Running it again changes nothing.

        Example: \(Program.current.name) import django db.sqlite3 --dry-run
        """,
      subcommands: [
        Reflex.self, Django.self, Devise.self, Firebase.self, Htpasswd.self, CSV.self, JSONL.self,
      ])
  }

  /// What the discussion of each source ends with.
  static func rules(_ example: String) -> String {
    """


    Exit codes: 0 all accounts are here now (with --skip-invalid: all but those in its file; with \
    --dry-run: they would be); 1 some cannot be imported, and none was.

    Example: \(Program.current.name) import \(example)
    """
  }

  struct Reflex: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of a Reflex app.",
        discussion: """
          Reads the tables user or localuser of a Reflex app's SQLite file; the file is not changed.

          Sessions are not carried over: their tokens stand in clear in that database and in every \
          browser's local storage, where scripts can read them. Everyone logs in once.
          """ + rules("reflex reflex.db --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @Argument(help: "The Reflex app's database, usually reflex.db.", completion: .file())
    var file: String

    func run() async throws {
      try await options.run(ForeignAccounts(reflex: file))
    }
  }

  struct Django: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of a Django site.",
        discussion: """
          Reads the table auth_user of a Django site's SQLite file; the file is not changed. Hashes of \
          all of Django's hashers are known but those that are broken. An account with an unusable \
          password comes without one: give it a recovery code.
          """ + rules("django db.sqlite3 --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @OptionGroup var place: ForeignPlace
    @Argument(help: "The site's database, usually db.sqlite3.", completion: .file())
    var file: String

    func run() async throws {
      try await options.run(
        ForeignAccounts(
          django: file, table: place.table ?? "auth_user", username: place.usernameColumn))
    }
  }

  struct Devise: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of a Rails app with Devise.",
        discussion: """
          Reads the table users of the app's SQLite file; the file is not changed. People whose address \
          is not confirmed, and those who were deleted softly, come disabled. If the app sets \
          config.pepper, its passwords cannot be checked here: nobody could log in.
          """ + rules("devise production.sqlite3 --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @OptionGroup var place: ForeignPlace
    @Argument(help: "The app's database, usually production.sqlite3.", completion: .file())
    var file: String

    func run() async throws {
      try await options.run(
        ForeignAccounts(
          devise: file, table: place.table ?? "users", username: place.usernameColumn))
    }
  }

  struct Firebase: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of a Firebase project.",
        discussion: """
          Reads what firebase auth:export users.json --format=JSON has written. The parameters stand on \
          the project's page of users, under "password hash parameters"; the signer key is read from a \
          file, since others can see a command line. Who has no address is left out.
          """
            + rules(
              "firebase users.json --signer-key-file signer-key --salt-separator Bw== --database app.db"
            ))
    }

    @OptionGroup var options: ImportOptions
    @Option(help: "A file with base64_signer_key.", completion: .file())
    var signerKeyFile: String
    @Option(help: "base64_salt_separator.")
    var saltSeparator = "Bw=="
    @Option(help: "rounds.")
    var rounds = 8
    @Option(help: "mem_cost.")
    var memCost = 14
    @Argument(help: "The exported file.", completion: .file())
    var file: String

    func run() async throws {
      let key = String(decoding: try ImportOptions.bytes(of: signerKeyFile), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      guard
        let parameters = FirebaseParameters(
          signerKey: key, saltSeparator: saltSeparator, rounds: rounds, memoryCost: memCost)
      else {
        throw CommandFailure(
          "These are no parameters of a Firebase project: the key is 64 bytes in Base64, rounds are 1 to "
            + "8, mem_cost is 1 to 16.")
      }
      do {
        try await options.run(
          ForeignAccounts(firebase: try ImportOptions.bytes(of: file), parameters))
      } catch let error as UnreadableFileError {
        throw CommandFailure("Cannot read \(TerminalText(file)): \(error.reason)")
      }
    }
  }

  struct Htpasswd: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of an htpasswd file, of Apache or nginx.",
        discussion: """
          A name and a hash on each line: bcrypt, $apr1$, {SHA}, and crypt's $5$ and $6$. Plain text and \
          the 13 characters of DES are refused.
          """ + rules("htpasswd .htpasswd --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @Argument(help: "The file.", completion: .file())
    var file: String

    func run() async throws {
      try await options.run(ForeignAccounts(htpasswd: try ImportOptions.bytes(of: file)))
    }
  }

  struct CSV: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "csv",
        abstract: "Import accounts from a CSV file.",
        discussion: """
          The first line names the columns: username and hash; enabled (true or false) and created (a \
          date and time) if there are such. Others are not read. An empty hash is no password.
          """ + rules("csv accounts.csv --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @Argument(help: "The file.", completion: .file())
    var file: String

    func run() async throws {
      do {
        try await options.run(ForeignAccounts(csv: try ImportOptions.bytes(of: file)))
      } catch let error as UnreadableFileError {
        throw CommandFailure("Cannot read \(TerminalText(file)) as CSV: \(error.reason)")
      }
    }
  }

  struct JSONL: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "jsonl",
        abstract: "Import accounts from a file with a JSON object on each line.",
        discussion: """
          The members: username and hash; enabled (true or false) and created (a date and time) if there \
          are such. Others are not read. No hash, or null, is no password.
          """ + rules("jsonl accounts.jsonl --database app.db"))
    }

    @OptionGroup var options: ImportOptions
    @Argument(help: "The file.", completion: .file())
    var file: String

    func run() async throws {
      try await options.run(ForeignAccounts(jsonl: try ImportOptions.bytes(of: file)))
    }
  }
}

/// The options of both frameworks whose models have other names in some apps.
struct ForeignPlace: ParsableArguments {
  @Option(help: "The table of the accounts, if it has another name.")
  var table: String?

  @Option(
    help: "The column that people log in with (default: username, or email where there is none).")
  var usernameColumn: String?
}
