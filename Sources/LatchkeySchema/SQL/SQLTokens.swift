/// SQL cut into words, literals and signs. Blanks and comments are gone, so two spellings of one
/// text are equal.
package struct SQLTokens: Hashable, Sendable {
  package let tokens: [Substring]

  package init(_ text: String) {
    var tokens: [Substring] = []
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
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

  /// Of `DROP TABLE name`.
  package var droppedTable: String? {
    guard words.starts(with: ["DROP", "TABLE"]) else { return nil }
    return lastName
  }

  /// Of `ALTER TABLE name RENAME TO new`.
  package var newTableName: String? {
    guard words.starts(with: ["ALTER", "TABLE"]), words.dropLast().suffix(2) == ["RENAME", "TO"]
    else { return nil }
    return lastName
  }

  private var words: [String] { tokens.filter { $0 != ";" }.map { $0.uppercased() } }

  private var lastName: String? { tokens.last { $0 != ";" }.map(Self.name) }

  /// Without the quotes that a name may have.
  package static func name(_ token: Substring) -> String {
    guard let quote = token.first, quote == "\"" || quote == "`", token.count > 1 else {
      return String(token)
    }
    return String(token.dropFirst().dropLast())
  }

  /// The first word, when it begins, ends or leaves a transaction.
  package var wordThatLeavesTransaction: String? {
    let words: Set = [
      "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "ATTACH", "DETACH",
      "VACUUM",
    ]
    return tokens.first.map { $0.uppercased() }.flatMap { words.contains($0) ? $0 : nil }
  }
}
