/// A database with an app's tables beside Latchkey's own, as the commands about migrations see it.
package protocol AppDatabase: Sendable {
  var kind: DatabaseKind { get }

  /// What to call it in a message: it holds no password.
  var title: String { get }

  /// Looks without changing anything: opening a store brings Latchkey's own tables up to date.
  ///
  /// - Parameter orAtNone: whether a database that is missing is one in which nothing was done yet.
  func look(orAtNone: Bool) async throws -> DatabaseLook

  /// Whether this user of the database may see what the steps make, so that it can be compared.
  func mayCompare() async throws -> Bool

  /// What of Latchkey's own is not as its steps make it, such as `trigger audit_is_never_changed`.
  func changedOwn(after files: [MigrationFile]) async throws -> [String]

  /// Takes one step, in a transaction of its own.
  /// - Returns: false when somebody else has taken it meanwhile.
  /// - Throws: ``MigrationFailure``, ``MigrationStateError``; nothing has changed then.
  func apply(_ file: MigrationFile, progress: @escaping MigrationProgress.Teller) async throws
    -> Bool

  /// Takes the last step back, by its way back.
  /// - Returns: false when it is not the last one any more.
  func revert(_ file: MigrationFile, progress: @escaping MigrationProgress.Teller) async throws
    -> Bool

  /// Takes the steps where there is nothing, and leaves nothing behind.
  /// - Throws: ``MigrationFailure``.
  func rehearse(_ files: [MigrationFile]) async throws

  /// What of the app's tables is not as the steps make it.
  func drift(after files: [MigrationFile]) async throws -> [Drift]

  /// The statements of what the declared tables have and the steps do not make.
  /// - Throws: ``SchemaError`` when the declared tables cannot be.
  func undeclared(after files: [MigrationFile], in declared: Schema) async throws -> [String]

  /// Whether the app would find its tables as it declares them. Asks no more of the database than an
  /// app may that has no right to change tables.
  func isForgotten(after files: [MigrationFile], in declared: Schema) async throws -> Bool

  /// The tables that the steps make and nobody declared, because a schema cannot say them.
  ///
  /// - Returns: their names, with what that is.
  func leftAlone(
    after files: [MigrationFile], by declared: Schema
  ) async throws -> [(table: String, unsaid: [String])]

  /// The statements from what the steps make to what is declared, and back. Nil when there is nothing
  /// to do.
  /// - Throws: ``RenameError``, ``MigrationPlanError``, ``SchemaError``.
  func plan(
    after files: [MigrationFile], to declared: Schema, renames: [Rename]
  ) async throws -> MigrationPlan?
}

/// How far a database has come.
public struct DatabaseLook: Sendable {
  /// The steps of Latchkey's own tables.
  public let own: MigrationState
  /// The steps of the app's tables.
  public let applied: [AppliedMigration]

  package init(own: MigrationState, applied: [AppliedMigration]) {
    self.own = own
    self.applied = applied
  }
}

/// Tables that cannot be as they are declared.
package struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  package let problems: [String]

  package init(_ problems: [String]) {
    self.problems = problems
  }

  package var description: String {
    "The schema cannot be:\n" + problems.joined(separator: "\n")
  }
}
