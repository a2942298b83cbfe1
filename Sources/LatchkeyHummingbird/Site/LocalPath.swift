/// A path with an optional query on this site: the only thing that a redirect may go to when a
/// browser names the target.
///
/// Accepted is exactly one form: a `/`, not followed by another `/`, and then only characters
/// that RFC 3986 allows in a path and a query, at most 2,048 of them. So `//host`, `/\host`,
/// `https:host`, blanks, control characters and everything outside ASCII are no local paths;
/// percent-encoded forms stay encoded and can only be path.
public struct LocalPath: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 2048, text.hasPrefix("/"), !text.hasPrefix("//"),
      text.utf8.allSatisfy(Self.isAllowed)
    else { return nil }
    description = String(text)
  }

  /// `pchar`, `/` and `?` of RFC 3986, section 3.3 and 3.4.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
      UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="),
      UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "?"), UInt8(ascii: "%"):
      true
    default: false
    }
  }
}

extension LocalPath {
  /// `text` with everything percent-encoded that a local path cannot hold.
  static func encodingTheRest(_ text: String) -> String {
    PercentEncoding.encode(text, except: isAllowed)
  }

  /// `path?name=value&…`, or more of them behind a query that the path has already, with the values percent-encoded; those that are nil are left out.
  static func link(_ path: String, _ query: [(name: String, value: String?)]) -> String {
    let pairs = query.compactMap { name, value in
      value.map { name + "=" + PercentEncoding.encodeQueryValue($0) }
    }
    if pairs.isEmpty { return path }
    let separator = path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
    return path + separator + pairs.joined(separator: "&")
  }
}
