import Foundation

/// The two normal forms that names and passwords are brought into (Unicode Annex 15).
enum UnicodeForm {
  /// NFC: one spelling for `é`, whether it was typed as one scalar or as two.
  static func composed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }

  /// NFKC: NFC that also replaces full-width and other compatibility spellings.
  static func compatibilityComposed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCompatibilityMapping
  }
}
