import Mustache

/// Escapes for HTML text and for double-quoted attributes, scalar by scalar.
///
/// swift-mustache's own escaping compares whole `Character`s. A quote followed by a combining
/// mark is one `Character` that is not a quote to it, so `"` + U+0301 would leave an attribute;
/// a browser reads scalars, and so does this.
struct EscapedHTML: MustacheContentType {
  static let name = "LATCHKEY"

  func escapeText(_ text: String) -> String {
    var text = text
    // All of them are ASCII, so they are bytes of their own in UTF-8.
    guard text.withUTF8({ $0.contains(where: Self.isSpecial) }) else { return text }
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      // HTML has no way to write NUL; the parser would replace it.
      case "\0": escaped.unicodeScalars.append("\u{FFFD}")
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"), 0:
      true
    default: false
    }
  }
}
