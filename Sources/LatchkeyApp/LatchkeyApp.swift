import Foundation
import Latchkey
import LatchkeyCommands
import ServiceLifecycle
import UnixSignals

/// The ready app: the seed's pages and the command line.
@main
struct LatchkeyApp {
  static func main() async {
    MemoryTuning.returnHashingMemory()
    await LatchkeyCommand.run(
      in: CommandEnvironment(
        openStore: { .sqlite($0, creating: $1) },
        readReflex: { path in
          let reflex = try await ReflexDatabase(path: path)
          return ForeignAccounts(accounts: reflex.accounts, sessionCount: reflex.sessionCount)
        },
        serve: serve))
  }

  private static func site(_ options: ServeOptions) throws -> Site {
    var site = try Site(reader: options.settings)
    site.templates = HomePages.templates
    return site
  }

  @Sendable
  private static func serve(_ options: ServeOptions) async throws {
    let site = try site(options)
    let auth = try await LocalAuth(
      .sqlite(options.database),
      configuration: LocalAuth.Configuration(reader: options.settings), logger: options.logger)
    let router = try auth.router(site: site)
    HomePages.add(to: router)
    do {
      let application = try auth.application(
        router: router, hostname: options.hostname, port: options.port
      ) { address in
        let origin = site.origin.map { " for \($0)" } ?? ""
        let line = "Latchkey listens on \(address)\(origin) (database \(options.database))\n"
        // Nobody may be reading standard output; people are served all the same.
        try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
      }
      // A client that never stops sending must not hold a shutdown up for ever.
      var services = ServiceGroupConfiguration(
        services: [application], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: options.logger)
      services.maximumGracefulShutdownDuration = .seconds(20)
      services.maximumCancellationDuration = .seconds(5)
      try await ServiceGroup(configuration: services).run()
    } catch {
      throw CommandFailure(serving: error, options) ?? error
    }
  }
}
