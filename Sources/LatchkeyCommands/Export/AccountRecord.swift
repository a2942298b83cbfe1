import LatchkeyCore

/// Everything of an account, as an export writes it and `import jsonl` reads it.
struct AccountRecord: Encodable {
  struct Login: Encodable {
    let id: String
    let created: String
    let lastSeen: String
    let expires: String
    let proven: String
    let address: String
    let userAgent: String
  }

  struct Browser: Encodable {
    let lastLogin: String
  }

  struct Recovery: Encodable {
    let created: String
    let expires: String
  }

  let id: Int64
  let username: String
  let enabled: Bool
  let created: String
  var hash: String?
  /// Whether the hash is another system's; without a hash it says nothing.
  var imported: Bool?
  let sessions: [Login]
  let browsers: [Browser]
  let recoveryCode: Recovery?
  /// What the audit trail says of it; not in an export of all.
  var events: [AuditLine]?

  init(_ export: AccountExport) {
    id = export.account.id.rawValue
    username = export.account.username
    enabled = export.account.isEnabled
    created = export.account.createdAt.precise
    sessions = export.sessions.map { session in
      Login(
        id: session.id.rawValue, created: session.createdAt.precise,
        lastSeen: session.lastSeenAt.precise, expires: session.expiresAt.precise,
        proven: session.provenAt.precise, address: session.client.address,
        userAgent: session.client.userAgent)
    }
    browsers = export.browsers.map { Browser(lastLogin: $0.lastLoginAt.precise) }
    recoveryCode = export.recovery.map {
      Recovery(created: $0.createdAt.precise, expires: $0.expiresAt.precise)
    }
  }

  mutating func add(_ password: StoredPassword?) {
    hash = password?.hash.text
    imported = password?.isImported
  }
}
