import LatchkeyCore

/// The report of an import, for people and as JSON.
struct ImportRecord: Encodable {
  struct Line: Encodable {
    let source: String
    let username: String
    /// `imported`, `already-there`, `name-taken`, `name-refused` or `hash-refused`
    let outcome: String
    let message: String
  }

  let accounts: [Line]
  let imported: Int
  let notImported: Int
  let sessionsNotCarriedOver: Int

  init(_ report: ImportReport, sessions: Int) {
    accounts = report.lines.map(Line.init)
    imported = accounts.count { $0.outcome == "imported" }
    notImported = accounts.count - imported
    sessionsNotCarriedOver = sessions
  }

  /// One line for each account that was not imported, and the sums.
  var lines: [String] {
    let exceptions = accounts.filter { $0.outcome != "imported" }.map {
      "\(TerminalText($0.source)) “\(TerminalText($0.username))”: \(TerminalText($0.message))"
    }
    let sums =
      "Imported \(imported) of \(accounts.count) accounts."
      + (notImported > 0 ? " The others are listed above." : "")
    let sessions =
      "\(sessionsNotCarriedOver) sessions were not carried over: their tokens stood in clear and "
      + "could be read by scripts. Everyone logs in once, with the old password."
    return exceptions + [sums] + (sessionsNotCarriedOver > 0 ? [sessions] : [])
  }
}

extension ImportRecord.Line {
  init(_ line: ImportReport.Line) {
    source = line.source.origin
    username = line.source.username
    (outcome, message) =
      switch line.outcome {
      case .imported(let account) where account.isEnabled: ("imported", "imported")
      case .imported: ("imported", "imported, disabled as it was")
      case .alreadyThere:
        ("already-there", "is there already and was left as it is")
      case .nameTaken(let other):
        (
          "name-taken",
          "not imported: the name is the same as “\(other.username)”, which is there. "
            + "Rename it in the source and import again"
        )
      case .nameRefused(let problem):
        (
          "name-refused",
          "not imported: \(problem.message). Rename it in the source and import again"
        )
      case .hashRefused:
        (
          "hash-refused",
          "not imported: its password hash is damaged, of an unknown kind or too costly. "
            + "Add the account with a new password"
        )
      }
  }
}
