/// How far a step has come.
public struct MigrationProgress: Hashable, Sendable, CustomStringConvertible {
  /// The number of the statement that begins, from 1.
  public let statement: Int
  public let of: Int

  package init(statement: Int, of count: Int) {
    self.statement = statement
    self.of = count
  }

  public typealias Teller = @Sendable (MigrationProgress) -> Void

  public var description: String { "statement \(statement) of \(of)" }
}
