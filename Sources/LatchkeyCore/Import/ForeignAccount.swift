/// An account as another system keeps it.
public struct ForeignAccount: Sendable {
  /// Where it stands, for the report: `user 7`, `line 3`.
  public let origin: String
  public let username: String
  /// The hash in the other system's text (``PasswordHash/init(foreign:)``); nil when the account has no
  /// password, as one of an external directory has none.
  public let hash: PasswordHash?
  public let isEnabled: Bool
  /// Nil when it is not known: then the time of the import counts.
  public let createdAt: Timestamp?
  /// Whether the hash was made of the bytes as somebody typed them, as all systems do but this one
  /// (``StoredPassword/isImported``).
  public let isHashOfReceivedBytes: Bool

  public init(
    origin: String, username: String, hash: PasswordHash?, isEnabled: Bool,
    createdAt: Timestamp? = nil, isHashOfReceivedBytes: Bool = true
  ) {
    self.origin = origin
    self.username = username
    self.hash = hash
    self.isEnabled = isEnabled
    self.createdAt = createdAt
    self.isHashOfReceivedBytes = isHashOfReceivedBytes
  }
}

/// What was found in a file of another system.
public struct ForeignAccounts: Sendable {
  /// An entry that is no account.
  public struct Unreadable: Hashable, Sendable {
    /// `line 3`
    public let origin: String
    /// What is wrong with it: `“enabled” is neither true nor false`.
    public let reason: String
  }

  public var accounts: [ForeignAccount] = []
  public var unreadable: [Unreadable] = []
  /// Sessions are never carried over.
  public var sessionCount = 0
  /// Those that nobody could log in to here, since they have no name.
  public var namelessCount = 0

  public init(_ accounts: [ForeignAccount] = []) {
    self.accounts = accounts
  }

  /// One more line of a file.
  mutating func add(
    line number: Int, _ read: (_ origin: String) throws(UnreadableLine) -> ForeignAccount
  ) {
    let origin = "line \(number)"
    do {
      accounts.append(try read(origin))
    } catch {
      unreadable.append(Unreadable(origin: origin, reason: error.reason))
    }
  }
}

/// Why a line is no account.
struct UnreadableLine: Error {
  let reason: String
}

extension ForeignAccounts: ExpressibleByArrayLiteral {
  public init(arrayLiteral accounts: ForeignAccount...) {
    self.init(accounts)
  }
}
