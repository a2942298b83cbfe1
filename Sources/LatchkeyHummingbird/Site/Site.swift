public import Configuration
import Foundation
public import LatchkeyCore

/// How accounts appear on the web: the site's name, its origin, its paths and its templates.
public struct Site: Sendable {
  /// Stands in the header and in page titles.
  public var name = "Latchkey"
  /// The origin that browsers see, such as `https://example.org`. Nil is for development: plain
  /// http on this machine alone, whatever the port.
  public var origin: Origin?
  /// Serve on more than this machine with an ``origin`` of plain http. Passwords and sessions then
  /// cross the network in clear; only for a network that you trust.
  public var allowsPlainHTTP = false
  /// The proxies in front of the server. Only from them `X-Forwarded-For` is believed: anybody else
  /// could write any address into it.
  public var proxies: [IPRange] = []
  public var routes = Routes()
  /// A folder whose `*.mustache` files replace the built-in templates of the same name and add
  /// new ones. Read once, at the start.
  public var templatesFolder: String?
  /// Templates by name, such as an app embeds. The folder's win over these, these over ours.
  public var templates: [String: String] = [:]

  public init() {}

  /// Reads `site.name`, `origin`, `allowPlainHTTP`, `proxies` and `templates`; what is not set keeps its
  /// default.
  ///
  /// - Throws: `InvalidSettingError`.
  public init(reader: ConfigReader) throws {
    let settings = Settings(reader: reader)
    name = try settings.string("site.name") ?? name
    if let text = try settings.string("origin") {
      guard let origin = Origin(text) else {
        throw InvalidSettingError(
          key: "origin", value: text,
          expectation: "an address such as https://example.org, without a path")
      }
      self.origin = origin
    }
    allowsPlainHTTP = try settings.bool("allowPlainHTTP") ?? allowsPlainHTTP
    proxies = try (settings.string("proxies") ?? "").split(separator: ",").map { text in
      let trimmed = text.trimmingCharacters(in: .whitespaces)
      guard let range = IPRange(trimmed) else {
        throw InvalidSettingError(
          key: "proxies", value: trimmed,
          expectation: "addresses or ranges such as 10.0.0.0/8, separated by commas")
      }
      return range
    }
    templatesFolder = try settings.string("templates")
  }

  /// Cookies are `Secure` and `__Host-` under an https origin; browsers would drop such cookies
  /// on plain http, so development has names of its own.
  var isSecure: Bool { origin?.isSecure ?? false }
}
