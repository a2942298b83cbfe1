/// Foreign text made safe for a terminal: control characters (an escape sequence can rewrite what
/// an operator has read), invisible and direction-changing ones are shown as `\u{…}`, and what is
/// longer than any real name is cut.
struct TerminalText: CustomStringConvertible {
  let description: String

  private static let maximumScalars = 400

  init(_ text: String) {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(Self.maximumScalars) {
      if Self.isDangerous(scalar) {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    let rest = text.unicodeScalars.count - Self.maximumScalars
    description = rest > 0 ? "\(shown)… (\(rest) more)" : shown
  }

  /// JSON text that means the same and is safe for a terminal. The dangerous characters can only
  /// stand inside of JSON's strings, where `\uXXXX` says the same.
  static func escapingJSON(_ json: String) -> String {
    var safe = ""
    for scalar in json.unicodeScalars {
      if isDangerous(scalar), scalar != "\n" {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      true
    default: false
    }
  }
}
