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
///
/// Its letters are of one script, or of those that are written together, as in Japanese; its digits
/// are of one kind (Unicode Technical Standard 39, "highly restrictive"): a Cyrillic `а` in a Latin name looks
/// like another name. Such names are refused, and not compared by what they look like (the "skeleton"):
/// that table changes with each version of Unicode, so names that are two today could be one tomorrow.
/// What is left is a name in Cyrillic from end to end that looks like one in Latin, such as `сосо`, and letters of one
/// script that are like each other, such as `ı` and `i`.
///
/// A name of another system that breaks this rule stays as it is (``init(legacy:)``).
public struct Username: Hashable, Sendable {
  /// The name as it is shown: composed (NFC), without blanks around it, otherwise as typed.
  public let text: String
  /// The form that is compared and that the store keeps unique.
  public let folded: String

  public static let maximumLength = 64
  /// Of what is looked at: more than the longest name takes with all of its marks typed apart.
  private static let maximumBytes = 4096
  /// What draws nothing though Unicode does not say so (the blank of Braille, a note without a head, Khitan's filler),
  /// and what stands for bytes that were no text.
  private static let undrawn: Set<Unicode.Scalar> = [
    "\u{2800}", "\u{1D159}", "\u{16FE4}", "\u{FFFD}",
  ]
  private static let signs: Set<Unicode.Scalar> = [".", "_", "-", "@", "+", "'"]

  /// - Throws: ``UsernameProblem``, never anything else.
  public init(_ typed: String) throws(UsernameProblem) {
    guard typed.utf8.count <= Self.maximumBytes else { throw .tooLong }
    self.init(folding: typed)
    guard let first = text.unicodeScalars.first else { throw .empty }
    guard text.unicodeScalars.count <= Self.maximumLength else { throw .tooLong }
    for scalar in text.unicodeScalars where !Self.allows(scalar) {
      throw .characterNotAllowed(scalar)
    }
    guard Self.startsName(first) else { throw .startsWrongly(first) }
    // Compatibility forms can hide a refused character: `℀` is one scalar and folds to `a/c`.
    for scalar in folded.unicodeScalars where !Self.allows(scalar) {
      throw .characterNotAllowed(scalar)
    }
    guard Script.areWrittenTogether(folded) else { throw .mixesScripts }
  }

  /// A name that nobody can choose, but that somebody has: the spelling of another system, such as `Anna
  /// Maria` or `user#7`. It logs in like any other, by all spellings that fold to the same.
  ///
  /// Nil for what nobody could type or see: nothing, more than 64 characters, one that is invisible, two blanks in
  /// a row, a mark without its letter.
  public init?(legacy spelling: String) {
    guard spelling.utf8.count <= Self.maximumBytes else { return nil }
    self.init(folding: spelling)
    let scalars = text.unicodeScalars
    guard let first = scalars.first, !Self.isMark(first), !text.contains("  "), !folded.isEmpty,
      scalars.count <= Self.maximumLength,
      scalars.allSatisfy(Self.isVisible), folded.unicodeScalars.allSatisfy(Self.isVisible)
    else { return nil }
  }

  /// The ``folded`` form of what somebody typed to log in: of a name that the rule accepts, or of a legacy
  /// spelling. Empty when it can be nobody's.
  static func folded(typed: String) -> String {
    Username(legacy: typed)?.folded ?? ""
  }

  private init(folding typed: String) {
    // Phone keyboards add a blank after a suggestion; no name can end with one.
    text = UnicodeForm.composed(Self.trimmed(typed))
    // Lower-casing can undo the normal form and the normal form can bring back capitals, so
    // both are applied again; a third pass changes nothing for any assigned scalar.
    let once = UnicodeForm.compatibilityComposed(text).lowercased()
    folded = UnicodeForm.compatibilityComposed(once).lowercased()
  }

  private static func trimmed(_ typed: String) -> String {
    let ends = [typed.unicodeScalars.first, typed.unicodeScalars.last].compactMap { $0 }
    // Foundation's takes longer than all the rest, and an import asks for a hundred thousand names.
    return ends.allSatisfy { !$0.properties.isWhitespace }
      ? typed : typed.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    !isMark(scalar) && !signs.contains(scalar)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    [.nonspacingMark, .spacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
  }

  private static func allows(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .decimalNumber:
      // Letters that draw nothing (Hangul fillers) would make two names look alike.
      isDrawn(scalar)
    default:
      signs.contains(scalar)
    }
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      false
    case .spaceSeparator: scalar == " "
    default: isDrawn(scalar)
    }
  }

  private static func isDrawn(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.properties.isDefaultIgnorableCodePoint && !undrawn.contains(scalar)
  }
}

/// Why a name was refused. Views turn it into words.
public enum UsernameProblem: Error, Hashable, Sendable {
  case empty
  case tooLong
  case characterNotAllowed(Unicode.Scalar)
  case startsWrongly(Unicode.Scalar)
  /// Letters of scripts that nobody writes together, or digits of two kinds.
  case mixesScripts
}
