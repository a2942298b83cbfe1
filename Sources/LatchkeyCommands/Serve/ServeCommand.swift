import ArgumentParser
import Configuration
import LatchkeyCore
import Logging

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the app until SIGTERM or Ctrl-C.",
    discussion: """
      Creates the database when it is missing and brings its schema up to date. Other machines \
      are served only with an https origin: put a proxy with TLS in front.

      Example: latchkey serve --hostname 0.0.0.0 --port 8080 --origin https://example.org
      """)

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
    let reader = try await shared.settings(options)
    let settings = Settings(reader: reader)
    try await CommandEnvironment.required.serve(
      ServeOptions(
        database: try SharedOptions.database(reader),
        hostname: try settings.string("hostname") ?? "127.0.0.1",
        port: try settings.int("port", in: 0...65535) ?? 3000,
        settings: reader, logger: try SharedOptions.logger(reader, level: .info)))
  }
}
