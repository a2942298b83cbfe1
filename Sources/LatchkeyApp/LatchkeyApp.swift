import Configuration
import Foundation
import Latchkey
import LatchkeyCommands
import Logging
import NIOCore

/// The ready app: the seed's pages and the command line.
@main
struct LatchkeyApp {
  static func main() async {
    MemoryTuning.returnHashingMemory()
    await LatchkeyCommand.run(
      in: CommandEnvironment(
        openStore: { .sqlite($0) },
        readReflex: { path in
          let reflex = try ReflexDatabase(path: path)
          return ForeignAccounts(accounts: reflex.accounts, sessionCount: reflex.sessionCount)
        },
        serve: serve))
  }

  @Sendable
  private static func serve(_ settings: ConfigReader, _ logger: Logger) async throws {
    let database = settings.string(forKey: "database", default: "latchkey.db")
    let hostname = settings.string(forKey: "hostname", default: "127.0.0.1")
    let port = try Settings(reader: settings).int("port", in: 0...65535) ?? 3000
    var site = try Site(reader: settings)
    site.templates = HomePages.templates
    let auth = try await LocalAuth(
      .sqlite(database), configuration: LocalAuth.Configuration(reader: settings), logger: logger)
    let router = try auth.router(site: site)
    HomePages.add(to: router)
    let application = try auth.application(router: router, hostname: hostname, port: port) {
      address in
      FileHandle.standardOutput.write(
        Data("Latchkey listens on \(address) (database \(database))\n".utf8))
    }
    do {
      try await application.runService()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw CommandFailure("Port \(port) on \(hostname) is in use. Choose another with --port.")
    } catch let error as IOError where error.errnoCode == EACCES {
      throw CommandFailure("Port \(port) needs more rights. Choose one above 1023 with --port.")
    }
  }
}
