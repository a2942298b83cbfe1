public import Logging

/// Says which store to open. Each store adds a function here: `.sqlite("app.db")`.
public struct StoreSource: Sendable {
  private let openStore: @Sendable (Logger) async throws -> any Store

  public init(_ openStore: @escaping @Sendable (Logger) async throws -> any Store) {
    self.openStore = openStore
  }

  /// A store that is open already.
  public static func opened(_ store: any Store) -> Self {
    Self { _ in store }
  }

  /// Opens the store and brings its schema up to date.
  /// - Throws: ``StoreUnavailableError``, ``StoreIsNewerError``.
  public func open(logger: Logger) async throws -> any Store {
    try await openStore(logger)
  }
}
