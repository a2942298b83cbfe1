import Configuration
import Latchkey
import Logging

/// All that `serve` reads from the settings, but for where the migrations are.
struct ServeSettings {
  let database: DatabaseLocation
  let hostname: String
  let port: Int
  let logger: Logger
  let configuration: LocalAuth.Configuration
  let site: Site

  /// - Throws: `InvalidSettingError`.
  init(_ settings: ConfigReader) throws {
    database = try DatabaseLocation(settings)
    hostname = try Settings(reader: settings).string("hostname") ?? "127.0.0.1"
    port = try Settings(reader: settings).int("port", in: 0...65535) ?? 3000
    logger = try SharedOptions.logger(settings, level: .info)
    configuration = try LocalAuth.Configuration(reader: settings)
    var site = try Site(reader: settings)
    site.name = try SharedOptions.siteName(settings)
    self.site = site
  }
}
