/// What happened, as the audit trail names it: lower case with hyphens. An app adds names of its
/// own, best with its own name in front: `shop.order-cancelled`.
public struct AuditEvent: RawRepresentable, Hashable, Sendable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let registered = Self(rawValue: "registered")
  public static let registrationRefused = Self(rawValue: "registration-refused")
  public static let loggedIn = Self(rawValue: "logged-in")
  public static let loginRefused = Self(rawValue: "login-refused")
  public static let loggedOut = Self(rawValue: "logged-out")
  public static let sessionRevoked = Self(rawValue: "session-revoked")
  public static let sessionsRevoked = Self(rawValue: "sessions-revoked")
  public static let reauthenticated = Self(rawValue: "reauthenticated")
  public static let reauthenticationRefused = Self(rawValue: "reauthentication-refused")
  public static let passwordChanged = Self(rawValue: "password-changed")
  public static let passwordChangeRefused = Self(rawValue: "password-change-refused")
  public static let passwordSet = Self(rawValue: "password-set")
  public static let recoveryIssued = Self(rawValue: "recovery-issued")
  public static let recovered = Self(rawValue: "recovered")
  public static let recoveryRefused = Self(rawValue: "recovery-refused")
  public static let throttled = Self(rawValue: "throttled")
  public static let throttlesCleared = Self(rawValue: "throttles-cleared")
  public static let enabled = Self(rawValue: "enabled")
  public static let disabled = Self(rawValue: "disabled")
  public static let deleted = Self(rawValue: "deleted")
  /// Retention has removed the oldest records. `last` is the link of the last one of them.
  public static let auditTrimmed = Self(rawValue: "audit-trimmed")
  public static let imported = Self(rawValue: "imported")
  /// Everything of all accounts was read, or of the one that it is about.
  public static let exported = Self(rawValue: "exported")
  /// This database is a backup that was put back. `ended` is the number of sessions and recovery codes that this ended.
  public static let restored = Self(rawValue: "restored")
}

extension AuditEvent: CustomStringConvertible {
  public var description: String { rawValue }
}
