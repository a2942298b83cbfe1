/// A web origin: scheme, host and port (RFC 6454).
public struct Origin: Hashable, Sendable, CustomStringConvertible {
  /// As browsers write it in an `Origin` header: lower case, without a default port.
  public let description: String
  public let isSecure: Bool
  let host: String
  /// Whether it can only mean this machine.
  public var isLocal: Bool { Self.isLoopback(host: host) }

  /// Nil unless the text is `http://` or `https://` and a host, perhaps with a port, and nothing
  /// more than one slash behind it.
  public init?(_ text: String) {
    var rest = text.lowercased()[...]
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let defaultPort: Int
    if rest.hasPrefix("https://") {
      (isSecure, defaultPort) = (true, 443)
    } else if rest.hasPrefix("http://") {
      (isSecure, defaultPort) = (false, 80)
    } else {
      return nil
    }
    let authority = rest.drop { $0 != "/" }.dropFirst(2)
    guard let parts = Self.split(authority) else { return nil }
    host = String(parts.host)
    let scheme = isSecure ? "https" : "http"
    let port = parts.port.flatMap { $0 == defaultPort ? nil : ":\($0)" } ?? ""
    description = "\(scheme)://\(host)\(port)"
  }

  /// Whether the host can only mean this machine (RFC 6761, section 6.3).
  static func isLoopback(host: some StringProtocol) -> Bool {
    host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host == "::1"
      || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
  }

  /// The host and the port of `example.org:8080` or `[::1]:3000`.
  static func split(_ authority: some StringProtocol) -> (host: Substring, port: Int?)? {
    let text = Substring(authority)
    let hostEnd: Substring.Index
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      hostEnd = text.index(after: bracket)
    } else {
      hostEnd = text.firstIndex(of: ":") ?? text.endIndex
    }
    let host = text[..<hostEnd]
    let allowed = host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "["),
        UInt8(ascii: "]"), UInt8(ascii: ":"):
        true
      default: false
      }
    }
    guard !host.isEmpty, allowed else { return nil }
    let rest = text[hostEnd...]
    if rest.isEmpty { return (host, nil) }
    guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65535).contains(port),
      rest.dropFirst().allSatisfy(\.isNumber)
    else { return nil }
    return (host, port)
  }
}
