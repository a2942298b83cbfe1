import HTTPTypes

/// Reads the cookies of one name (RFC 6265, section 4.2.1). As bytes: each request passes here, and to
/// compare characters costs many times as much.
enum CookieReader {
  /// - Parameter fields: of a request. HTTP/2 may split the header into several.
  static func values(of name: String, in fields: HTTPFields) -> [String] {
    var values: [String] = []
    for field in fields where field.name == .cookie {
      values += self.values(of: name, in: field.value)
    }
    return values
  }

  static func values(of name: String, in header: String) -> [String] {
    var values: [String] = []
    var rest = Array(header.utf8)[...]
    while let pair = nextPair(&rest) {
      if let value = value(of: name, in: pair) {
        values.append(String(decoding: value, as: UTF8.self))
      }
    }
    return values
  }

  private static func nextPair(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
    defer { rest = rest[min(end + 1, rest.endIndex)...] }
    return rest[..<end]
  }

  private static func value(of name: String, in pair: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let trimmed = pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let end = trimmed.startIndex + name.utf8.count
    guard end < trimmed.endIndex, trimmed[end] == UInt8(ascii: "="),
      trimmed[..<end].elementsEqual(name.utf8)
    else { return nil }
    return trimmed[(end + 1)...]
  }
}
