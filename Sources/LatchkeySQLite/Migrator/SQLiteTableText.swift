internal import LatchkeySchema

/// What stands in a `CREATE TABLE` and nowhere else: SQLite's pragmas tell all of a table but its
/// conditions. And what a `Schema` has no word for: whatever is not known here.
struct SQLiteTableText {
  /// By column.
  private(set) var columnChecks: [String: [String]] = [:]
  private(set) var tableChecks: [String] = []
  private(set) var isAutoincrement = false
  /// Such as `UNIQUE in email`.
  private(set) var unsaid: [String] = []

  init(_ sql: String) {
    let tokens = SQLTokens(sql).tokens
    guard let open = tokens.firstIndex(of: "(") else {
      unsaid = ["what is no list of columns"]
      return
    }
    let (definitions, options) = Self.definitions(tokens[(open + 1)...])
    for definition in definitions {
      guard let first = definition.first else { continue }
      var reader = Reader(definition, of: sql)
      if Self.beginsConstraint.contains(first.lowercased()) {
        reader.readTableConstraints()
        tableChecks += reader.checks
        unsaid += reader.unsaid
      } else {
        reader.readColumn()
        let name = SQLTokens.name(first)
        columnChecks[name] = reader.checks
        if reader.isAutoincrement { isAutoincrement = true }
        unsaid += reader.unsaid.map { "\($0) in \(name)" }
      }
    }
    // A table made anew is STRICT, which refuses more and loses nothing.
    unsaid += options.filter { !["strict", ","].contains($0.lowercased()) }.map(String.init)
  }

  private static let beginsConstraint: Set = [
    "check", "constraint", "primary", "unique", "foreign",
  ]

  /// What stands between the commas of the table itself, and what follows its parenthesis.
  private static func definitions(
    _ tokens: ArraySlice<Substring>
  ) -> (definitions: [[Substring]], options: ArraySlice<Substring>) {
    var (depth, definitions): (Int, [[Substring]]) = (0, [[]])
    for (index, token) in zip(tokens.indices, tokens) {
      if token == "(" { depth += 1 }
      if token == ")" {
        if depth == 0 { return (definitions, tokens[(index + 1)...]) }
        depth -= 1
      }
      if token == ",", depth == 0 {
        definitions.append([])
      } else {
        definitions[definitions.count - 1].append(token)
      }
    }
    return (definitions, [])
  }

  /// Goes through one definition, word by word (sqlite.org/syntax/column-def.html and
  /// table-constraint.html).
  private struct Reader {
    private var rest: ArraySlice<Substring>
    private let sql: String
    private(set) var checks: [String] = []
    private(set) var isAutoincrement = false
    private(set) var unsaid: [String] = []

    init(_ tokens: [Substring], of sql: String) {
      rest = tokens[...]
      self.sql = sql
    }

    /// The name and the type, which the pragmas tell, and what follows them.
    mutating func readColumn() {
      rest = rest.dropFirst().drop { token in
        token != "(" && !Self.endsType.contains(token.lowercased())
      }
      // The length of a type, which SQLite does not heed.
      if rest.first == "(" { _ = parenthesized() }
      readConstraints()
    }

    mutating func readTableConstraints() { readConstraints() }

    private static let endsType: Set = [
      "constraint", "primary", "not", "null", "unique", "check", "default", "collate",
      "references", "generated", "as",
    ]

    private mutating func readConstraints() {
      while let word = rest.popFirst()?.lowercased() {
        switch word {
        case "constraint": _ = rest.popFirst()
        case "check": checks.append(parenthesized())
        case "not" where take("null"): break
        case "null": break
        case "primary" where take("key"):
          if rest.first == "(" { readKey() }
          _ = take("asc")
          if take("autoincrement") { isAutoincrement = true }
        case "default": readDefault()
        case "foreign" where take("key"):
          if parenthesized().contains(",") { unsaid.append("FOREIGN KEY of several columns") }
        case "references":
          _ = rest.popFirst()
          if rest.first == "(" { _ = parenthesized() }
          readActions()
        case "unique":
          unsaid.append(rest.first == "(" ? "UNIQUE (\(parenthesized()))" : "UNIQUE")
        case "collate": unsaid.append("COLLATE \(rest.popFirst() ?? "")")
        default: unsaid.append(unknown(word))
        }
      }
    }

    /// The columns of a primary key.
    private mutating func readKey() {
      let columns = SQLTokens(parenthesized()).tokens.map { $0.lowercased() }
      if columns.contains("desc") || columns.contains("collate") {
        unsaid.append("an order in the primary key")
      }
    }

    /// The pragma tells it. What is no literal is found there.
    private mutating func readDefault() {
      if rest.first == "(" {
        _ = parenthesized()
      } else {
        if rest.first == "-" || rest.first == "+" { _ = rest.popFirst() }
        _ = rest.popFirst()
      }
    }

    private mutating func readActions() {
      while take("on") {
        let event = rest.popFirst()?.uppercased() ?? ""
        var action = rest.popFirst()?.uppercased() ?? ""
        if action == "NO" || action == "SET" { action += " \(rest.popFirst()?.uppercased() ?? "")" }
        let said =
          event == "DELETE" ? ["CASCADE", "RESTRICT", "SET NULL", "NO ACTION"] : ["NO ACTION"]
        if !said.contains(action) { unsaid.append("ON \(event) \(action)") }
      }
    }

    /// The rest of what is not known, up to the next that is.
    private mutating func unknown(_ word: String) -> String {
      var words = [word.uppercased()]
      while let next = rest.first,
        !["not", "check", "references", "primary"].contains(next.lowercased())
      {
        words.append(String(next))
        rest.removeFirst()
      }
      return words.joined(separator: " ")
    }

    private mutating func take(_ word: String) -> Bool {
      guard rest.first?.lowercased() == word else { return false }
      rest.removeFirst()
      return true
    }

    /// The text up to the parenthesis that closes the one at which it stands, as it was written.
    private mutating func parenthesized() -> String {
      guard let open = rest.popFirst(), open == "(" else { return "" }
      var depth = 1
      while let token = rest.popFirst() {
        if token == "(" { depth += 1 }
        if token == ")" { depth -= 1 }
        if depth == 0 { return String(sql[open.endIndex..<token.startIndex]).trimmingBlanks }
      }
      return ""
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
