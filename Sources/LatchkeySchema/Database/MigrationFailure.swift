/// A step that could not be taken.
public struct MigrationFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let id: String
  public let reason: String
  /// The statement that failed, if it was one.
  public let sql: String?
  /// Whether it failed on an empty database, where all steps are rehearsed, and not on a real one.
  public private(set) var isRehearsal = false

  package init(id: String, reason: String, sql: String? = nil) {
    self.id = id
    self.reason = reason
    self.sql = sql?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The same, of a rehearsal.
  package var rehearsed: MigrationFailure {
    var failure = self
    failure.isRehearsal = true
    return failure
  }

  public var description: String {
    let place = sql.map { " The statement: \($0.prefix(300))" } ?? ""
    return isRehearsal
      ? "The migration \(id) cannot be applied: \(reason).\(place) (So it is on a database that has just "
        + "the migrations before it. Mend the file, as long as it has not been applied.)"
      : "The migration \(id) failed, and nothing of it was done: \(reason).\(place)"
  }
}
