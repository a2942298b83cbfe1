/// SQL cut into words, literals and signs. Blanks and comments are gone, so two spellings of one
/// text are equal.
package struct SQLTokens: Hashable, Sendable {
  package let tokens: [Substring]

  package init(_ text: String) {
    var tokens: [Substring] = []
    var rest = Substring(text)
    while let first = rest.first {
      // To SQLite a byte order mark is a blank, wherever it stands.
      if first.isWhitespace || first == "\u{FEFF}" {
        rest.removeFirst()
      } else if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        rest.removeFirst(2)
        while !rest.isEmpty, !rest.hasPrefix("*/") { rest.removeFirst() }
        rest = rest.dropFirst(2)
      } else {
        let token = Self.token(in: rest, first)
        tokens.append(token)
        rest = rest[token.endIndex...]
      }
    }
    self.tokens = tokens
  }

  private static func token(in rest: Substring, _ first: Character) -> Substring {
    switch first {
    case "'", "\"", "`": quoted(rest, first)
    case "[": rest[..<(rest.firstIndex(of: "]").map(rest.index(after:)) ?? rest.endIndex)]
    case _ where isWord(first): rest.prefix(while: isWord)
    default: rest.prefix(1)
    }
  }

  /// Up to the closing quote; a doubled one is a part of the text.
  private static func quoted(_ rest: Substring, _ quote: Character) -> Substring {
    var end = rest.index(after: rest.startIndex)
    while end < rest.endIndex {
      let next = rest.index(after: end)
      guard rest[end] == quote else {
        end = next
        continue
      }
      guard next < rest.endIndex, rest[next] == quote else { return rest[..<next] }
      end = rest.index(after: next)
    }
    return rest
  }

  private static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "."
  }

  /// Whether it could stand between parentheses without ending them.
  static func isExpression(_ text: String) -> Bool {
    let tokens = SQLTokens(text).tokens
    var depth = 0
    for token in tokens {
      if token == "(" { depth += 1 }
      if token == ")" { depth -= 1 }
      let isOpen =
        ["'", "\"", "`"].contains { token.hasPrefix($0) }
        && (token.count == 1 || token.last != token.first)
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
    guard let quote = token.first, token.count > 1, "\"`['".contains(quote) else {
      return String(token)
    }
    let inner = String(token.dropFirst().dropLast())
    return quote == "[" ? inner : inner.replacing("\(quote)\(quote)", with: "\(quote)")
  }

  /// The same for two spellings of one text: keywords and names do not know capitals, and a name may
  /// have quotes.
  package var spelledAlike: [String] {
    tokens.map { $0.first == "'" ? String($0) : Self.name($0).lowercased() }
  }
}
