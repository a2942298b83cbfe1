import ArgumentParser
import LatchkeyCore

extension UserCommand {
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add an account. The password comes from a prompt or standard input.",
      discussion: "Example: latchkey user add alice < password.txt")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument

    func run() async throws {
      let auth = try await shared.open(creating: true)
      let password = try await PasswordPrompt.read(confirming: true)
      switch try await auth.addAccount(username: user.name, password: password) {
      case .registered(let account):
        try Output.line("Added \(TerminalText(account.username)).")
      case .refused(let refusal):
        throw CommandFailure(TerminalText(refusal.message).description)
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disable an account and log it out everywhere.",
      discussion: "Example: latchkey user disable alice")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument

    func run() async throws {
      let auth = try await shared.open()
      let account = try await auth.existingAccount(user.name)
      try await auth.setEnabled(false, for: account)
      try Output.line("Disabled \(TerminalText(account.username)) and ended its sessions.")
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enable an account again.",
      discussion: "Example: latchkey user enable alice")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument

    func run() async throws {
      let auth = try await shared.open()
      let account = try await auth.existingAccount(user.name)
      try await auth.setEnabled(true, for: account)
      try Output.line("Enabled \(TerminalText(account.username)).")
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an account and all that belongs to it. There is no way back.",
      discussion: """
        Asks at a terminal, unless --yes is given; a script is not asked.

        Example: latchkey user delete alice --yes
        """)

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument
    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
      let auth = try await shared.open()
      let account = try await auth.existingAccount(user.name)
      let name = TerminalText(account.username)
      if !yes {
        try await Confirmation.ask("Delete \(name) for ever?")
      }
      try await auth.delete(account)
      try Output.line("Deleted \(name).")
    }
  }

  struct SetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set a new password and log the account out everywhere.",
      discussion: """
        The password comes from a prompt or standard input.

        Example: latchkey user set-password alice
        """)

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument

    func run() async throws {
      let auth = try await shared.open()
      let account = try await auth.existingAccount(user.name)
      let password = try await PasswordPrompt.read(confirming: true)
      if let problem = try await auth.setPassword(password, for: account) {
        throw CommandFailure(problem.message)
      }
      try Output.line(
        "Set the password of \(TerminalText(account.username)) and ended its sessions.")
    }
  }
}
