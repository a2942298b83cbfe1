/// Something of an app's that is not in a database as the migrations make it.
package struct Drift: Hashable, Sendable, Encodable, CustomStringConvertible {
  package enum Problem: String, Hashable, Sendable, Encodable {
    case missing, additional, changed
  }

  /// Such as `index note_by_account`.
  package let object: String
  package let problem: Problem
  /// The SQL of it, as the migrations make it.
  package let made: String?
  /// As the database has it.
  package let found: String?

  package init(object: String, problem: Problem, made: String?, found: String?) {
    self.object = object
    self.problem = problem
    self.made = made
    self.found = found
  }

  package var description: String {
    let sql = { (text: String?) in
      (text ?? "").split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }
    return switch problem {
    case .missing: "The \(object) is missing. The migrations make it so:\n\(sql(made))"
    case .additional: "The \(object) comes from no migration:\n\(sql(found))"
    case .changed:
      "The \(object) is changed. The migrations make it so:\n\(sql(made))\nIt is so:\n\(sql(found))"
    }
  }
}
