/// The statements from what migrations make to what is declared, and back. Both ways have been
/// walked, on a database in memory, before they are written.
package struct MigrationPlan: Sendable {
  package let up: MigrationFile.Section
  /// Nil when there is none that leads to what was there before.
  package let down: MigrationFile.Section?

  package init(up: MigrationFile.Section, down: MigrationFile.Section?) {
    self.up = up
    self.down = down
  }
}

/// The difference cannot be written by itself.
package struct MigrationPlanError: Error, Hashable, Sendable, CustomStringConvertible {
  package let reason: String

  package init(reason: String) {
    self.reason = reason
  }

  package var description: String { "This cannot be written by itself: \(reason)." }
}
