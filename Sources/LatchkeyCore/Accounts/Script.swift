/// Which letters are written together (Unicode Technical Standard 39, section 5.2).
enum Script {
  /// By the names of their scripts in the names of their letters.
  private static let together: [Set<Substring>] = [
    ["LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"],
    ["LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO"],
    ["LATIN", "CJK", "IDEOGRAPHIC", "HANGUL"],
  ]

  /// Whether the letters are of one script or of such that are written together, and the digits of one kind.
  /// - Parameter text: without compatibility forms (NFKC).
  static func areWrittenTogether(_ text: String) -> Bool {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return true }
    var scripts: Set<Substring> = []
    var zeros: Set<UInt32> = []
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        if let script = script(of: scalar) { scripts.insert(script) }
      case .decimalNumber:
        zeros.insert(scalar.value - UInt32(scalar.properties.numericValue ?? 0))
      default: break
      }
    }
    return zeros.count <= 1
      && (scripts.count <= 1 || together.contains { scripts.isSubset(of: $0) })
  }

  /// A letter's name begins with its script: `CYRILLIC SMALL LETTER A`. Nil for letters of every script.
  private static func script(of letter: Unicode.Scalar) -> Substring? {
    let script = (letter.properties.name ?? "").prefix { $0 != " " }
    return script == "MODIFIER" ? nil : script
  }
}
