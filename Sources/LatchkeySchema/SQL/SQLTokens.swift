/// SQL cut into words, literals and signs, as SQLite cuts it (sqlite3's tokenize.c). Blanks and
/// comments are gone, so two spellings of one text are equal.
package struct SQLTokens: Hashable, Sendable {
  package let tokens: [Substring]

  package init(_ text: String) {
    var tokens: [Substring] = []
    // By scalars: a combining character behind a quote leaves it a quote.
    var rest = Substring(text).unicodeScalars
    while let first = rest.first {
      if Self.blanks.contains(first) {
        rest.removeFirst()
      } else if rest.starts(with: "--".unicodeScalars) {
        rest = rest.drop { $0 != "\n" }
      } else if rest.starts(with: "/*".unicodeScalars) {
        rest.removeFirst(2)
        while !rest.isEmpty, !rest.starts(with: "*/".unicodeScalars) { rest.removeFirst() }
        rest = rest.dropFirst(2)
      } else {
        let end = Self.end(of: rest, first)
        tokens.append(Substring(rest[..<end]))
        rest = rest[end...]
      }
    }
    self.tokens = tokens
  }

  private typealias Scalars = Substring.UnicodeScalarView

  /// The last is a byte order mark.
  private static let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\u{C}", "\r", "\u{FEFF}"]

  private static func end(of rest: Scalars, _ first: Unicode.Scalar) -> Scalars.Index {
    switch first {
    case "'", "\"", "`": endOfQuoted(rest, first)
    case "[": rest.firstIndex(of: "]").map(rest.index(after:)) ?? rest.endIndex
    case "0"..."9": endOfNumber(rest)
    case "." where rest.dropFirst().first.map { ("0"..."9").contains($0) } ?? false:
      endOfNumber(rest)
    case _ where isWord(first): rest.firstIndex { !isWord($0) } ?? rest.endIndex
    default: rest.index(after: rest.startIndex)
    }
  }

  /// Behind the closing quote; a doubled one is a part of the text.
  private static func endOfQuoted(_ rest: Scalars, _ quote: Unicode.Scalar) -> Scalars.Index {
    var end = rest.index(after: rest.startIndex)
    while end < rest.endIndex {
      let next = rest.index(after: end)
      guard rest[end] == quote else {
        end = next
        continue
      }
      guard next < rest.endIndex, rest[next] == quote else { return next }
      end = rest.index(after: next)
    }
    return end
  }

  /// `1`, `1.5`, `1e-5`, `0x10`.
  private static func endOfNumber(_ rest: Scalars) -> Scalars.Index {
    let isHexadecimal = rest.dropFirst().first.map { $0 == "x" || $0 == "X" } ?? false
    var end = rest.startIndex
    var previous: Unicode.Scalar = "0"
    while end < rest.endIndex {
      let isSign = rest[end] == "+" || rest[end] == "-"
      let isInside = isWord(rest[end]) || rest[end] == "."
      guard isInside || (isSign && (previous == "e" || previous == "E") && !isHexadecimal)
      else { break }
      previous = rest[end]
      end = rest.index(after: end)
    }
    return end
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "$": true
    default: !scalar.isASCII
    }
  }

  /// Whether it could stand between parentheses without ending them.
  static func isExpression(_ text: String) -> Bool {
    let tokens = SQLTokens(text).tokens
    var depth = 0
    for token in tokens {
      if token == "(" { depth += 1 }
      if token == ")" { depth -= 1 }
      let scalars = token.unicodeScalars
      let isOpen =
        ["'", "\"", "`"].contains(scalars.first)
        && (scalars.count == 1 || scalars.last != scalars.first)
        || scalars.first == "[" && scalars.last != "]"
      if depth < 0 || token == ";" || isOpen { return false }
    }
    return !tokens.isEmpty && depth == 0 && !text.contains("--") && !text.contains("/*")
      && !text.contains(where: \.isNewline)
  }

  /// `name` of `ALTER TABLE … RENAME TO name`.
  package var newTableName: String? {
    let words = tokens.filter { $0 != ";" }
    let keywords = words.map { $0.uppercased() }
    guard keywords.starts(with: ["ALTER", "TABLE"]),
      keywords.dropLast().suffix(2) == ["RENAME", "TO"]
    else { return nil }
    return words.last.map(Self.name)
  }

  /// Whether the statement does nothing but read or change rows.
  package var isAboutRows: Bool {
    let words: Set = ["INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES", "WITH"]
    return tokens.first.map { words.contains($0.uppercased()) } ?? false
  }

  /// Without the quotes that a name may have.
  package static func name(_ token: Substring) -> String {
    let scalars = token.unicodeScalars
    guard let quote = scalars.first, scalars.count > 1, "\"`['".unicodeScalars.contains(quote)
    else {
      return String(token)
    }
    let inner = String(Substring(scalars.dropFirst().dropLast()))
    return quote == "[" ? inner : inner.replacing("\(quote)\(quote)", with: "\(quote)")
  }

  /// The same for two spellings of one text: keywords and names do not know capitals, and a name may
  /// have quotes.
  package var spelledAlike: [String] {
    tokens.map { $0.unicodeScalars.first == "'" ? String($0) : Self.name($0).lowercased() }
  }
}
