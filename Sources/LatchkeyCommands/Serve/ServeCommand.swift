import ArgumentParser
import Configuration
import Foundation
import Latchkey
import Logging
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "serve",
      abstract: "Serve the app until SIGTERM or Ctrl-C.",
      discussion: """
        Creates the database when it is missing and brings its schema up to date. Other machines \
        are served only with an https origin: put a proxy with TLS in front.

        Example: \(Program.current.name) serve --hostname 0.0.0.0 --port 8080 --origin https://example.org
        """)
  }

  @OptionGroup var shared: SharedOptions

  @Option(help: "The address to listen on. [LATCHKEY_HOSTNAME] (default: 127.0.0.1)")
  var hostname: String?

  @Option(help: "The port to listen on; 0 for any free one. [LATCHKEY_PORT] (default: 3000)")
  var port: Int?

  @Option(help: "The address that browsers see, such as https://example.org. [LATCHKEY_ORIGIN]")
  var origin: String?

  @Option(help: "A folder with templates that replace the built-in ones. [LATCHKEY_TEMPLATES]")
  var templates: String?

  @Flag(help: "Serve other machines with an http origin. Only on a network that you trust.")
  var allowPlainHTTP = false

  func validate() throws {
    if let port, !(0...65535).contains(port) {
      throw ValidationError("--port must be from 0 to 65535.")
    }
  }

  func run() async throws {
    var options: [AbsoluteConfigKey: ConfigValue] = [:]
    if let hostname { options["hostname"] = ConfigValue(.string(hostname), isSecret: false) }
    if let port { options["port"] = ConfigValue(.int(port), isSecret: false) }
    if let origin { options["origin"] = ConfigValue(.string(origin), isSecret: false) }
    if let templates { options["templates"] = ConfigValue(.string(templates), isSecret: false) }
    if allowPlainHTTP { options["allowPlainHTTP"] = ConfigValue(.bool(true), isSecret: false) }
    try await serve(shared.settings(options))
  }

  private func serve(_ settings: ConfigReader) async throws {
    let program = Program.current
    let wanted = try ServeSettings(settings)
    let (hostname, port) = (wanted.hostname, wanted.port)
    // First: a mistake in the files must not make a database.
    try await check(Migrations(settings))
    let store = try await wanted.database.source().open(logger: wanted.logger)
    let auth = try await LocalAuth(
      .opened(store), configuration: wanted.configuration, logger: wanted.logger)
    let router = try program.router(
      ServedApp(auth: auth, store: store, settings: settings), site: wanted.site)
    do {
      let application = try auth.application(router: router, hostname: hostname, port: port) {
        address in
        let origin = wanted.site.origin.map { " for \($0)" } ?? ""
        let line =
          "\(program.title) listens on \(address)\(origin) (database \(wanted.database.database.title))\n"
        // Nobody may be reading standard output; people are served all the same.
        try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
      }
      // A client that never stops sending must not hold a shutdown up for ever.
      var services = ServiceGroupConfiguration(
        services: [application], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: wanted.logger)
      services.maximumGracefulShutdownDuration = .seconds(20)
      services.maximumCancellationDuration = .seconds(5)
      try await ServiceGroup(configuration: services).run()
    } catch {
      throw CommandFailure(serving: error, hostname: hostname, port: port) ?? error
    }
  }

  /// An app does not serve with tables that are not as it thinks.
  private func check(_ migrations: Migrations) async throws {
    let state = try await migrations.state(of: migrations.database.look(orAtNone: true))
    if let forgotten = try await migrations.forgotten(after: state.applied + state.pending) {
      throw CommandFailure(forgotten)
    }
    let count = state.pending.count
    guard count == 0 else {
      throw CommandFailure(
        "\(count.of("migration")) \(count == 1 ? "has" : "have") not been applied. Apply with: "
          + Program.current.line("db migrate"))
    }
  }
}
