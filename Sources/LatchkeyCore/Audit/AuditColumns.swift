import Foundation

/// Who did it and what more there is to say, as a store keeps it: four texts, the same for the same
/// entry.
package struct AuditColumns: Hashable, Sendable {
  package let source: String
  /// The address of a client, or the operating system's user.
  package let origin: String
  package let userAgent: String
  /// A JSON object of texts.
  package let details: String

  package init(source: String, origin: String, userAgent: String, details: String) {
    self.source = source
    self.origin = origin
    self.userAgent = userAgent
    self.details = details
  }

  package init(of entry: AuditEntry) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let details = String(decoding: try encoder.encode(entry.details), as: UTF8.self)
    switch entry.source {
    case .client(let client):
      self.init(
        source: "client", origin: client.address, userAgent: client.userAgent, details: details)
    case .commandLine(let user):
      self.init(source: "command-line", origin: user, userAgent: "", details: details)
    case .app:
      self.init(source: "app", origin: "", userAgent: "", details: details)
    }
  }

  /// The entry that was kept so.
  ///
  /// The chain covers what is read here. So what we would not have written like this is shown as it
  /// is, and breaks the chain: it stops no list, and nothing can hide in it.
  package func entry(
    at moment: Timestamp, _ event: AuditEvent, succeeded: Bool, account: AccountID?,
    session: SessionID?
  ) throws -> AuditEntry {
    let source: AuditSource =
      switch source {
      case "client": .client(ClientDescription(address: origin, userAgent: userAgent))
      case "command-line": .commandLine(user: origin)
      default: .app
      }
    let decoded = try? JSONDecoder().decode([String: String].self, from: Data(details.utf8))
    var entry = AuditEntry(
      at: moment, event: event, succeeded: succeeded, account: account, session: session,
      source: source, details: decoded ?? [:])
    if try AuditColumns(of: entry) != self || session?.rawValue == "" {
      entry.details = ["damaged": details]
    }
    return entry
  }
}
