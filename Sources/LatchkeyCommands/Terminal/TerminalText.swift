/// Foreign text made safe for a terminal: control characters (an escape sequence can rewrite what
/// an operator has read), invisible and direction-changing ones are shown as `\u{…}`.
struct TerminalText: CustomStringConvertible {
  let description: String

  init(_ text: String) {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
        .unassigned:
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    description = shown
  }
}
