import Foundation

/// A name that the rule accepts, with the form under which it is unique.
///
/// The rule: 1 to 64 characters (Unicode scalars), each a letter, a mark, a digit or one of
/// `. _ - @ + '`, starting with a letter or a digit. No blanks, no invisible and no
/// direction-changing characters, so that what a person sees is what the name is.
///
/// Two spellings are the same name when their ``folded`` forms are equal: compatibility
/// composed (NFKC) and lower-cased, after RFC 8265 (UsernameCaseMapped), so `ALICE`, `Alice`
/// and `Ａｌｉｃｅ` are one name (a collision of that kind was CVE-2019-19844).
public struct Username: Hashable, Sendable {
  /// The name as it is shown: composed (NFC), without blanks around it, otherwise as typed.
  public let text: String
  /// The form that is compared and that the store keeps unique.
  public let folded: String

  public static let maximumLength = 64
  private static let signs: Set<Unicode.Scalar> = [".", "_", "-", "@", "+", "'"]

  /// - Throws: ``UsernameProblem``, never anything else.
  public init(_ typed: String) throws(UsernameProblem) {
    // Phone keyboards add a blank after a suggestion; no name can contain one.
    let text = UnicodeForm.composed(typed.trimmingCharacters(in: .whitespacesAndNewlines))
    guard let first = text.unicodeScalars.first else { throw .empty }
    guard text.unicodeScalars.count <= Self.maximumLength else { throw .tooLong }
    for scalar in text.unicodeScalars where !Self.allows(scalar) {
      throw .characterNotAllowed(scalar)
    }
    guard Self.startsName(first) else { throw .startsWrongly(first) }
    let folded = Self.fold(text)
    // Compatibility forms can hide a refused character: `℀` is one scalar and folds to `a/c`.
    for scalar in folded.unicodeScalars where !Self.allows(scalar) {
      throw .characterNotAllowed(scalar)
    }
    self.text = text
    self.folded = folded
  }

  private static func fold(_ text: String) -> String {
    // Lower-casing can undo the normal form and the normal form can bring back capitals, so
    // both are applied again; a third pass changes nothing for any assigned scalar.
    let once = UnicodeForm.compatibilityComposed(text).lowercased()
    return UnicodeForm.compatibilityComposed(once).lowercased()
  }

  private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark: false
    default: !signs.contains(scalar)
    }
  }

  private static func allows(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .decimalNumber:
      // Letters that draw nothing (Hangul fillers) would make two names look alike.
      !scalar.properties.isDefaultIgnorableCodePoint
    default:
      signs.contains(scalar)
    }
  }
}

/// Why a name was refused. Views turn it into words.
public enum UsernameProblem: Error, Hashable, Sendable {
  case empty
  case tooLong
  case characterNotAllowed(Unicode.Scalar)
  case startsWrongly(Unicode.Scalar)
}
