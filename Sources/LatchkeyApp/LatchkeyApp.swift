import Foundation
import Latchkey
import LatchkeyCommands

/// The ready app: the seed's pages and the command line.
@main
struct LatchkeyApp {
  static func main() async {
    MemoryTuning.returnHashingMemory()
    await LatchkeyCommand.run(
      in: CommandEnvironment(
        openStore: { .sqlite($0) },
        readReflex: { path in
          let reflex = try await ReflexDatabase(path: path)
          return ForeignAccounts(accounts: reflex.accounts, sessionCount: reflex.sessionCount)
        },
        serve: serve))
  }

  @Sendable
  private static func serve(_ options: ServeOptions) async throws {
    var site = try Site(reader: options.settings)
    site.templates = HomePages.templates
    let auth = try await LocalAuth(
      .sqlite(options.database),
      configuration: LocalAuth.Configuration(reader: options.settings), logger: options.logger)
    let router = try auth.router(site: site)
    HomePages.add(to: router)
    do {
      let application = try auth.application(
        router: router, hostname: options.hostname, port: options.port
      ) { address in
        // Nobody may be listening on standard output; people are still served.
        try? FileHandle.standardOutput.write(
          contentsOf: Data(
            "Latchkey listens on \(address) (database \(options.database))\n".utf8))
      }
      try await application.runService()
    } catch {
      throw CommandFailure(serving: error, options) ?? error
    }
  }
}
