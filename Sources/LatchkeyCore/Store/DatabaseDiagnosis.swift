/// How a database is, for its operator.
public struct DatabaseDiagnosis: Sendable {
  /// What this kind of database has to say of itself.
  public var conditions: [Condition] = []
  public var accounts = 0
  /// Accounts that are older than a moment and have neither a session nor a known browser.
  public var unusedAccounts = 0
  /// Accounts whose owner has yet to choose a password, and has no code to do so.
  public var accountsWithoutWay = 0
  /// The works of the hashes in use, with how many accounts have each.
  public var works: [PasswordWork: Int] = [:]
  /// The moment of the last audit record.
  public var lastEvent: Timestamp?

  public init() {}

  /// Something to mend, or to know.
  public struct Condition: Sendable {
    public enum Severity: Sendable {
      /// It must be mended.
      case danger
      /// It should be.
      case risk
      case note
    }

    public let severity: Severity
    /// What is so, why it matters, and what to do: a sentence each.
    public let finding: String
    public let why: String
    public let mend: String

    public init(_ severity: Severity, finding: String, why: String, mend: String) {
      self.severity = severity
      self.finding = finding
      self.why = why
      self.mend = mend
    }
  }
}
