import LatchkeyCore

/// The result of `audit verify` as `--json` writes it.
struct VerifyRecord: Encodable {
  let intact: Bool
  let records: Int?
  let head: String?
  let problem: String?
}

/// A record as the listings write it.
struct AuditLine: Encodable {
  let number: Int64
  let at: String
  let event: String
  let outcome: String
  let account: Int64?
  let session: String?
  let source: String
  let origin: String
  let userAgent: String
  let details: [String: String]

  init(_ record: AuditRecord) {
    number = record.number
    let entry = record.entry
    at = entry.at.description
    event = entry.event.rawValue
    outcome = entry.succeeded ? "success" : "failure"
    account = entry.account?.rawValue
    session = entry.session?.rawValue
    details = entry.details
    switch entry.source {
    case .client(let client):
      (source, origin, userAgent) = ("client", client.address, client.userAgent)
    case .commandLine(let user): (source, origin, userAgent) = ("command-line", user, "")
    case .app: (source, origin, userAgent) = ("app", "", "")
    }
  }

  static let header = [
    "NUMBER", "AT", "EVENT", "OUTCOME", "ACCOUNT", "SOURCE", "ORIGIN", "DETAILS",
  ]

  var row: [String] {
    let more = details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return [
      String(number), at, event, outcome, account.map(String.init) ?? "-", source,
      origin.isEmpty ? "-" : origin, more.joined(separator: " "),
    ].map { TerminalText($0).description }
  }
}

extension AuditProblem {
  var message: String {
    switch self {
    case .changed(let number):
      "The audit trail was changed: record \(number), or the one before it, is not as it was written."
    case .missing(let number):
      "The audit trail was changed: record \(number) is missing."
    case .endMissing(let expected):
      "The audit trail was changed: its end is missing, up to record \(expected)."
    case .beginningMissing(let number):
      "The audit trail was changed: it begins behind record \(number), and no record says that "
        + "retention removed what was before."
    case .inFront(let number):
      "The audit trail was changed: record \(number) stands in front of its first one."
    case .otherThanKnown(let link):
      "The audit trail was written anew: record \(link.number) is not the one that was noted."
    case .knownTooOld(let link):
      "Record \(link.number) is older than what is kept: compare with a head noted later."
    }
  }
}
