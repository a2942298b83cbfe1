/// A password hash on its way into the store, with its work, which the store keeps beside it so
/// that it can name all works in use without reading every hash.
public struct NewPassword: Sendable {
  public let stored: StoredPassword
  public let work: PasswordWork

  public init(stored: StoredPassword, work: PasswordWork) {
    self.stored = stored
    self.work = work
  }
}

/// An account on its way into the store.
public struct NewAccount: Sendable {
  public let username: Username
  public let password: NewPassword
  public let isEnabled: Bool
  public let createdAt: Timestamp

  public init(
    username: Username, password: NewPassword, isEnabled: Bool = true, createdAt: Timestamp
  ) {
    self.username = username
    self.password = password
    self.isEnabled = isEnabled
    self.createdAt = createdAt
  }
}

/// A session on its way into the store.
public struct NewSession: Sendable {
  public let session: Session
  public let digest: SessionToken.Digest

  public init(session: Session, digest: SessionToken.Digest) {
    self.session = session
    self.digest = digest
  }
}

/// What a login needs to know of a name.
public struct CredentialLookup: Sendable {
  /// Nil when there is no account of that name.
  public let credentials: Credentials?
  /// The works of all password hashes in the store (see ``PasswordHasher/check(_:against:worksInUse:)``).
  public let worksInUse: Set<PasswordWork>

  public init(credentials: Credentials?, worksInUse: Set<PasswordWork>) {
    self.credentials = credentials
    self.worksInUse = worksInUse
  }
}

/// What became of one account of an import.
public enum AccountImport: Hashable, Sendable {
  case imported(Account)
  /// The folded name belongs to this account, which was there before or stands earlier in the
  /// same import. Nothing was changed.
  case nameTaken(by: Account)
}

/// The database was migrated by a newer version of the program.
public struct StoreIsNewerError: Error, Hashable, Sendable, CustomStringConvertible {
  public let unknownMigrations: [String]

  public init(unknownMigrations: [String]) {
    self.unknownMigrations = unknownMigrations
  }

  public var description: String {
    "The database was made by a newer version of this program (it has "
      + unknownMigrations.joined(separator: ", ") + "). Run that version, or restore a backup."
  }
}

/// The store cannot be opened or used. ``reason`` is for the operator and carries no secret.
public struct StoreUnavailableError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String

  public init(reason: String) {
    self.reason = reason
  }

  public var description: String { reason }
}
