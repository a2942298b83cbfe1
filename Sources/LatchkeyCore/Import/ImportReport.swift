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

    /// Whether the account is not here after the import.
    public var isRefusal: Bool {
      switch self {
      case .imported, .alreadyThere: false
      case .nameTaken, .nameRefused, .hashRefused, .workRefused: true
      }
    }
  }

  public let lines: [Line]
  /// Entries of the source that are no account.
  public let unreadable: [ForeignAccounts.Unreadable]
  /// False when nothing has been imported: it was a dry run, or all was wanted or nothing.
  public let isKept: Bool
  /// The works that each login spends from now on (``PasswordHasher/compute(_:like:worksInUse:)``).
  public let worksInUse: Set<PasswordWork>

  /// How many accounts were imported, or would have been.
  public var importedCount: Int {
    lines.count { if case .imported = $0.outcome { true } else { false } }
  }

  /// How many entries of the source are not here after it.
  public var refusedCount: Int {
    unreadable.count + lines.count { $0.outcome.isRefusal }
  }
}
