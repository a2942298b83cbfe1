import LatchkeyCore

/// The report of an import, for people and as JSON.
struct ImportRecord: Encodable {
  struct Line: Encodable {
    let source: String
    let username: String
    /// `imported`, `already-there`, `name-taken`, `name-refused`, `hash-refused`, `work-refused` or `unreadable`
    let outcome: String
    let message: String
    let hasLegacyName: Bool
  }

  let accounts: [Line]
  /// Or would have been, in a dry run.
  let imported: Int
  let alreadyThere: Int
  let notImported: Int
  /// How many have a name that the rule for new ones refuses.
  let legacyNames: Int
  /// False for a dry run, and when nothing was imported because something could not be.
  let isKept: Bool
  let sessionsNotCarriedOver: Int
  /// Left out: they have no name to log in with.
  let nameless: Int
  /// What each login computes from now on, such as `bcrypt cost=12`.
  let worksInUse: [String]
  private let outcome: String

  private static let shownCount = 20

  private enum CodingKeys: String, CodingKey {
    case accounts, imported, alreadyThere, notImported, legacyNames, isKept, nameless,
      sessionsNotCarriedOver,
      worksInUse
  }

  init(
    _ report: ImportReport, of source: ForeignAccounts, isDryRun: Bool, skipped: String?
  ) {
    accounts =
      report.lines.map(Line.init)
      + report.unreadable.map {
        Line(
          source: $0.origin, username: "", outcome: "unreadable",
          message: "no account: \($0.reason)", hasLegacyName: false)
      }
    imported = report.importedCount
    notImported = report.refusedCount
    alreadyThere = report.lines.count + report.unreadable.count - imported - notImported
    legacyNames = accounts.count(where: \.hasLegacyName)
    isKept = report.isKept
    sessionsNotCarriedOver = source.sessionCount
    nameless = source.namelessCount
    worksInUse = report.worksInUse.map(\.rawValue).sorted()
    outcome =
      switch (isDryRun, report.isKept) {
      case (true, _) where notImported > 0:
        "\(imported) of \(accounts.count) accounts would be imported; those above cannot be."
      case (true, _): "\(imported) of \(accounts.count) accounts would be imported."
      case (false, false):
        "Nothing was imported: \(notImported) of \(accounts.count) accounts cannot be, see above. "
          + "Mend them in the source and import again, or leave them out: --skip-invalid skipped.jsonl"
      case (false, true):
        "Imported \(imported) of \(accounts.count) accounts."
          + (notImported == 0
            ? "" : " Those above were left out, and stand in \(TerminalText(skipped ?? "")).")
      }
  }

  /// A screen of the accounts that cannot be imported, and the sums.
  var lines: [String] {
    let refused = accounts.filter { $0.outcome != "imported" && $0.outcome != "already-there" }
    let shown = refused.prefix(Self.shownCount).map {
      "\(TerminalText($0.source)) “\(TerminalText($0.username))”: \(TerminalText($0.message))"
    }
    let exceptions =
      refused.count > Self.shownCount
      ? shown + ["… and \(refused.count - Self.shownCount) more: --json has all of them."] : shown
    let there = "\(alreadyThere) were there before and were left as they are."
    let sessions =
      "\(sessionsNotCarriedOver) sessions are not carried over. Everyone logs in once, with the old "
      + "password."
    let works =
      "Until all old hashes have been replaced, each login computes \(worksInUse.count) hashes "
      + "(\(worksInUse.joined(separator: "; "))): its time must not tell whose hash is an old one."
    let legacy = "\(legacyNames) of the names could not be chosen here; they log in as they are."
    return exceptions + [outcome] + (alreadyThere > 0 ? [there] : [])
      + (legacyNames > 0 ? [legacy] : [])
      + (nameless > 0 ? ["\(nameless) have no name to log in with, and were left out."] : [])
      + (sessionsNotCarriedOver > 0 ? [sessions] : [])
      + (worksInUse.count > 1 && isKept ? [works] : [])
  }
}

extension ImportRecord.Line {
  init(_ line: ImportReport.Line) {
    source = line.source.origin
    username = line.source.username
    hasLegacyName =
      if case .imported = line.outcome { (try? Username(line.source.username)) == nil } else {
        false
      }
    (outcome, message) =
      switch line.outcome {
      case .imported(let account) where !account.isEnabled: ("imported", "disabled, as it was")
      case .imported where line.source.hash == nil:
        ("imported", "without a password, as it was: give it a recovery code")
      case .imported where hasLegacyName:
        ("imported", "imported; the name logs in as it is, but nobody could choose it here")
      case .imported: ("imported", "imported")
      case .alreadyThere:
        ("already-there", "an account of this name was there before and was left as it is")
      case .nameTaken(let other):
        (
          "name-taken",
          "the name is the same as “\(other.username)”, which is there. Rename it in the source and "
            + "import again"
        )
      case .nameRefused(let problem):
        ("name-refused", "\(problem.message). Rename it in the source and import again")
      case .hashRefused where line.source.hash?.text.hasPrefix("$2x$") == true:
        (
          "hash-refused",
          "its password hash ($2x$) was made by a faulty bcrypt, which takes wrong passwords with "
            + "characters beyond ASCII for right ones. Add the account with a new password"
        )
      case .hashRefused where line.source.hash?.text.hasPrefix(Peppered.prefix) == true:
        (
          "hash-refused",
          "its password hash needs a pepper whose key is not set. Name the key in password.peppers"
        )
      case .hashRefused:
        (
          "hash-refused",
          "its password hash is damaged, of an unknown kind or too costly. Add the account with a new "
            + "password"
        )
      case .workRefused(let work):
        (
          "work-refused",
          "with this kind of hash (\(work)) too many kinds would be in use. Import it when others have "
            + "logged in, or add the account with a new password"
        )
      }
  }
}
