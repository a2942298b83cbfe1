import Latchkey
import LatchkeyCommands

/// The ready app: the seed's pages and the command line.
@main
struct LatchkeyApp {
  static func main() async {
    await Program(
      "latchkey", abstract: "Local accounts: register, log in, log out, protect a page.",
      schema: nil, templates: HomePages.templates, commands: [InitCommand.self]
    ) { router, _ in
      HomePages.add(to: router)
    }.run()
  }
}
