import ArgumentParser
import LatchkeyCore

extension UserCommand {
  struct Add: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Add an account. Its owner chooses the password with a code.",
        discussion: """
          Prints a recovery code, good once and for 15 minutes: give it to the owner, who opens the \
          page /recover with it. Nobody else needs to know the password. When the time has run out, \
          make another with: \(Program.current.name) user reset NAME

          Example: \(Program.current.name) user add alice
          Example: \(Program.current.name) user add alice --password < password.txt
          """)
    }

    @OptionGroup var shared: SharedOptions
    @OptionGroup var user: NameArgument
    @Flag(help: "Set a password, from a prompt or standard input.")
    var password = false
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let auth = try await shared.open(creating: true)
      guard password else {
        do {
          let (account, code) = try await auth.addAccount(username: user.name)
          try RecoveryRecord(account, code, auth).write(json: json, "Added \(account.username).")
        } catch let refusal as RegisterRefusal {
          throw CommandFailure(TerminalText(refusal.message).description)
        }
        return
      }
      let password = try await PasswordPrompt.read(confirming: true)
      switch try await auth.addAccount(username: user.name, password: password) {
      case .registered(let account):
        if json {
          try Output.json(UserRecord(account))
        } else {
          try Output.line("Added \(TerminalText(account.username)).")
        }
      case .refused(let refusal):
        throw CommandFailure(TerminalText(refusal.message).description)
      case .throttled(let wait):
        throw CommandFailure(wait.message)
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Disable an account and log it out everywhere.",
        discussion: "Example: \(Program.current.name) user disable alice")
    }

    @OptionGroup var named: AccountArgument

    func run() async throws {
      let (auth, account) = try await named.open()
      try await auth.setEnabled(false, for: account)
      try Output.line("Disabled \(TerminalText(account.username)) and ended its sessions.")
    }
  }

  struct Enable: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Enable an account again.",
        discussion: "Example: \(Program.current.name) user enable alice")
    }

    @OptionGroup var named: AccountArgument

    func run() async throws {
      let (auth, account) = try await named.open()
      try await auth.setEnabled(true, for: account)
      try Output.line("Enabled \(TerminalText(account.username)).")
    }
  }

  struct Delete: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Delete an account and all that belongs to it. There is no way back.",
        discussion: """
          Asks first, unless --yes is given. Without a terminal it needs --yes.

          Example: \(Program.current.name) user delete alice --yes
          """)
    }

    @OptionGroup var named: AccountArgument
    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
      let (auth, account) = try await named.open()
      let name = TerminalText(account.username)
      if !yes {
        try await Confirmation.ask(
          "Delete \(name) for ever?",
          withoutTerminal: "Nothing was changed: without a terminal, say --yes.")
      }
      try await auth.delete(account)
      try Output.line("Deleted \(name).")
    }
  }

  struct Reset: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Log an account out everywhere and print a code to choose a new password.",
        discussion: """
          The old password is good no more. The code is good once, for 15 minutes; an earlier one is \
          good no more. Give it to the owner of the account, who opens the page /recover with it.

          Example: \(Program.current.name) user reset alice
          """)
    }

    @OptionGroup var named: AccountArgument
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let (auth, account) = try await named.open()
      let code = try await auth.issueRecovery(for: account)
      try RecoveryRecord(account, code, auth).write(
        json: json, "Ended the sessions of \(account.username), and its password.")
    }
  }

  struct SetPassword: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Set a new password and log the account out everywhere.",
        discussion: """
          Better is user reset: then nobody but its owner knows the password. The password comes from a prompt or standard input.

          Example: \(Program.current.name) user set-password alice
          """)
    }

    @OptionGroup var named: AccountArgument

    func run() async throws {
      let (auth, account) = try await named.open()
      let password = try await PasswordPrompt.read(confirming: true)
      if let problem = try await auth.setPassword(password, for: account) {
        throw CommandFailure(problem.message)
      }
      try Output.line(
        "Set the password of \(TerminalText(account.username)) and ended its sessions.")
    }
  }
}
