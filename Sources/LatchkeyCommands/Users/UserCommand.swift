import ArgumentParser
import LatchkeyCore

struct UserCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "user",
      abstract: "Add, list and change accounts.",
      discussion: """
        A running server sees each change at its next request.

        Example: \(Program.current.name) user disable alice
        """,
      subcommands: [
        Add.self, List.self, Show.self, Disable.self, Enable.self, Delete.self, Reset.self,
        SetPassword.self, Export.self,
      ])
  }
}

/// An account by its name, in any spelling that means the same.
struct NameArgument: ParsableArguments {
  @Argument(help: "The account's username.")
  var name: String
}

/// An account that must be there.
struct AccountArgument: ParsableArguments {
  @OptionGroup var shared: SharedOptions
  @OptionGroup var user: NameArgument

  func open() async throws -> (LocalAuth, Account) {
    let auth = try await shared.open()
    return (auth, try await auth.existingAccount(user.name))
  }
}
