import LatchkeyCore

/// The report of an import, for people and as JSON.
struct ImportRecord: Encodable {
  struct Line: Encodable {
    let source: String
    let username: String
    /// `imported`, `already-there`, `name-taken`, `name-refused`, `hash-refused` or `work-refused`
    let outcome: String
    let message: String
  }

  let accounts: [Line]
  let imported: Int
  let notImported: Int
  let sessionsNotCarriedOver: Int
  /// What each login computes from now on, such as `bcrypt cost=12`.
  let worksInUse: [String]

  init(_ report: ImportReport, sessions: Int) {
    accounts = report.lines.map(Line.init)
    imported = accounts.count { $0.outcome == "imported" }
    notImported = accounts.count - imported
    sessionsNotCarriedOver = sessions
    worksInUse = report.worksInUse.map(\.rawValue).sorted()
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
    let works =
      "Until all old hashes have been replaced, each login computes \(worksInUse.count) hashes "
      + "(\(worksInUse.joined(separator: "; "))): its time must not tell whose hash is an old one."
    return exceptions + [sums] + (sessionsNotCarriedOver > 0 ? [sessions] : [])
      + (worksInUse.count > 1 ? [works] : [])
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
        ("already-there", "an account of this name was there before and was left as it is")
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
      case .workRefused(let work):
        (
          "work-refused",
          "not imported: with this kind of hash (\(work)) too many kinds would be in use. "
            + "Import it when others have logged in, or add the account with a new password"
        )
      }
  }
}
