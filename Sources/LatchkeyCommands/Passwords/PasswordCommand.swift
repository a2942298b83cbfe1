import ArgumentParser
import LatchkeyCore

struct PasswordCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "password",
      abstract: "Make and check password hashes.",
      discussion: "Example: \(Program.current.name) password hash --scheme bcrypt --cost 12",
      subcommands: [Hash.self, Verify.self])
  }

  enum SchemeName: String, ExpressibleByArgument, CaseIterable {
    case argon2id, bcrypt
  }

  struct Hash: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Print the hash of a password from a prompt or standard input.",
        discussion:
          "Example: \(Program.current.name) password hash --scheme bcrypt --cost 12 < password.txt")
    }

    @OptionGroup var shared: SharedOptions
    @Option(help: "The scheme, without a pepper; if not given, the one of the settings.")
    var scheme: SchemeName?
    @Option(help: "bcrypt: 4 to 15 (12 if not given). argon2id: passes, 1 to 16 (2).")
    var cost: Int?

    func validate() throws {
      guard let cost else { return }
      guard let scheme else { throw ValidationError("--cost needs --scheme.") }
      let range = scheme == .bcrypt ? 4...15 : 1...16
      if !range.contains(cost) {
        throw ValidationError("--cost must be from \(range.lowerBound) to \(range.upperBound).")
      }
    }

    func run() async throws {
      let schemes: [any PasswordScheme] =
        switch scheme {
        case .bcrypt: [Bcrypt(cost: cost ?? 12)]
        case .argon2id: [Argon2id(passes: UInt32(cost ?? 2))]
        case nil: try await LocalAuth.Configuration(reader: shared.settings()).schemes
        }
      let password = try await PasswordPrompt.read(confirming: true)
      guard !password.isEmpty else { throw CommandFailure("Password cannot be empty.") }
      do {
        try await Output.line(hasher(schemes).hash(password).hash.text)
      } catch PasswordHashingError.passwordNotSupported {
        throw CommandFailure(
          "bcrypt takes at most 72 bytes, and no NUL. Shorten the password or use argon2id.")
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Check a password from a prompt or standard input against a hash.",
        discussion: """
          Exit codes: 0 the password is right; 1 it is wrong; 2 this is no hash that we know, or it \
          is damaged or too costly.

          Example: \(Program.current.name) password verify '$2b$12$…' < password.txt
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The hash, in quotes: it has dollar signs.")
    var hash: String

    func run() async throws {
      // With the peppers of the settings.
      let hasher = hasher(try await LocalAuth.Configuration(reader: shared.settings()).schemes)
      let hash = PasswordHash(text: hash)
      guard hasher.work(of: hash) != nil else {
        try Output.line("This is not a password hash that can be checked.")
        throw ExitCode(2)
      }
      let password = try await PasswordPrompt.read(confirming: false)
      // Nobody knows who made the hash: our own are of the composed form, others of the bytes.
      var isRight = try await hasher.verify(
        password, against: StoredPassword(hash: hash, isImported: false))
      if !isRight {
        isRight = try await hasher.verify(
          password, against: StoredPassword(hash: hash, isImported: true))
      }
      try Output.line(isRight ? "The password is right." : "The password is wrong.")
      if !isRight { throw ExitCode(1) }
    }
  }
}

private func hasher(_ schemes: [any PasswordScheme]) -> PasswordHasher {
  PasswordHasher(schemes: schemes, lanes: HashingLanes(count: 1, maximumWaiting: 1))
}
