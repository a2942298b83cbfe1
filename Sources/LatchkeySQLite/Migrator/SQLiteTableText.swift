internal import LatchkeySchema

/// What stands in a `CREATE TABLE` and nowhere else: SQLite's pragmas tell all of a table but its
/// conditions.
struct SQLiteTableText {
  /// By column.
  private(set) var columnChecks: [String: [String]] = [:]
  private(set) var tableChecks: [String] = []
  private(set) var isAutoincrement = false

  init(_ sql: String) {
    let tokens = SQLTokens(sql).tokens
    guard let open = tokens.firstIndex(of: "(") else { return }
    for definition in Self.definitions(tokens[(open + 1)...]) {
      guard let first = definition.first else { continue }
      let checks = Self.checks(in: definition, of: sql)
      if definition.contains(where: { $0.lowercased() == "autoincrement" }) {
        isAutoincrement = true
      }
      if Self.beginsConstraint.contains(first.lowercased()) {
        tableChecks += checks
      } else {
        columnChecks[SQLTokens.name(first)] = checks
      }
    }
  }

  private static let beginsConstraint: Set = [
    "check", "constraint", "primary", "unique", "foreign",
  ]

  /// What stands between the commas of the table itself.
  private static func definitions(_ tokens: ArraySlice<Substring>) -> [[Substring]] {
    var (depth, definitions): (Int, [[Substring]]) = (0, [[]])
    for token in tokens {
      if token == "(" { depth += 1 }
      if token == ")" {
        if depth == 0 { break }
        depth -= 1
      }
      if token == ",", depth == 0 {
        definitions.append([])
      } else {
        definitions[definitions.count - 1].append(token)
      }
    }
    return definitions
  }

  /// The text between the parentheses behind each `CHECK`, as it was written.
  private static func checks(in definition: [Substring], of sql: String) -> [String] {
    var checks: [String] = []
    var depth = 0
    var start: String.Index?
    for (index, token) in definition.enumerated() {
      if token == "(" {
        if depth == 0, index > 0, definition[index - 1].lowercased() == "check" {
          start = token.endIndex
        }
        depth += 1
      }
      if token == ")" {
        depth -= 1
        if depth == 0, let begin = start {
          checks.append(String(sql[begin..<token.startIndex]).trimmingBlanks)
          start = nil
        }
      }
    }
    return checks
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
