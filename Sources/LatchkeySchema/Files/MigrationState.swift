/// A step that a database has been through.
public struct AppliedMigration: Hashable, Sendable {
  public let id: String
  public let checksum: String
  /// In milliseconds since 1970-01-01 00:00 UTC.
  public let appliedAt: Int64

  public init(id: String, checksum: String, appliedAt: Int64) {
    self.id = id
    self.checksum = checksum
    self.appliedAt = appliedAt
  }
}

/// How far a database has come.
public struct MigrationState: Hashable, Sendable {
  public struct Step: Hashable, Sendable {
    public let file: MigrationFile
    /// In milliseconds since 1970-01-01 00:00 UTC; nil when it is pending.
    public let appliedAt: Int64?
  }

  /// In order: first those that have been applied, then those that are pending.
  public let steps: [Step]

  public var applied: [MigrationFile] { steps.filter { $0.appliedAt != nil }.map(\.file) }
  public var pending: [MigrationFile] { steps.filter { $0.appliedAt == nil }.map(\.file) }

  /// - Parameters:
  ///   - files: in order.
  ///   - applied: what the database tells.
  /// - Throws: ``MigrationStateError`` when files and database do not belong together.
  public init(files: [MigrationFile], applied: [AppliedMigration]) throws(MigrationStateError) {
    let known = Set(files.map(\.id))
    for migration in applied where !known.contains(migration.id) {
      throw .fileMissing(migration.id)
    }
    let byID = Dictionary(applied.map { ($0.id, $0) }) { first, _ in first }
    steps = files.map { Step(file: $0, appliedAt: byID[$0.id]?.appliedAt) }
    for file in files where byID[file.id].map({ $0.checksum != file.checksum }) ?? false {
      throw .edited(file.id)
    }
    if let last = applied.map(\.id).max(), let gap = pending.first, gap.id < last {
      throw .outOfOrder(gap.id, behind: last)
    }
  }
}

/// The files and the database do not belong together.
public enum MigrationStateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The database has been through a step that no file describes.
  case fileMissing(String)
  /// A file is not as it was when it was applied.
  case edited(String)
  /// A step that has not been applied lies in front of one that has.
  case outOfOrder(String, behind: String)

  public var description: String {
    switch self {
    case .fileMissing(let id):
      "The database has been through \(id), and there is no such file: it belongs to a newer version "
        + "of the app, or the file was deleted. Bring the file back."
    case .edited(let id):
      "The file of \(id) was changed after it had been applied. Put it back as it was, and make "
        + "another migration for what you want to change."
    case .outOfOrder(let id, let last):
      "\(id) has not been applied, and the database has been through \(last), which comes behind "
        + "it. Rename the file, so that it comes last."
    }
  }
}
