/// An account as another system keeps it.
public struct ForeignAccount: Sendable {
  /// Where it stands, for the report: `user 7`.
  public let origin: String
  public let username: String
  /// The hash in the other system's text, unchanged.
  public let hash: PasswordHash
  public let isEnabled: Bool

  public init(origin: String, username: String, hash: PasswordHash, isEnabled: Bool) {
    self.origin = origin
    self.username = username
    self.hash = hash
    self.isEnabled = isEnabled
  }
}

/// What became of each account of an import, in the source's order.
public struct ImportReport: Sendable {
  public struct Line: Sendable {
    public let source: ForeignAccount
    public let outcome: Outcome
  }

  public enum Outcome: Hashable, Sendable {
    case imported(Account)
    /// An account of the same spelling was there before; it was left as it is.
    case alreadyThere(Account)
    /// The name is another account's: one of another spelling, or one that stands earlier in the
    /// same source.
    case nameTaken(by: Account)
    case nameRefused(UsernameProblem)
    /// No scheme verifies it, it is damaged, or its cost is out of bounds.
    case hashRefused
    /// There are ``PasswordHasher/maximumWorksInUse`` works in use already, and this is one more.
    case workRefused(PasswordWork)
  }

  public let lines: [Line]
  /// The works that each login spends from now on (``PasswordHasher/compute(_:like:worksInUse:)``).
  public let worksInUse: Set<PasswordWork>
}
