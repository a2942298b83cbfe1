#if Postgres
  public import LatchkeyCore

  /// The store of many servers: one PostgreSQL database, 13 or newer.
  ///
  /// ```swift
  /// let auth = try await LocalAuth(.postgres("postgres://app@db.example.org/app?sslmode=verify-full"))
  /// ```
  public struct PostgresStore: Store {
    let pool: PostgresPool
    let options: PostgresOptions

    /// Connects, and brings the schema up to date.
    ///
    /// - Throws: `StoreUnavailableError` with a reason for the operator; `StoreIsNewerError`.
    public init(_ options: PostgresOptions, clock: WallClock = .system) async throws {
      self.options = options
      pool = PostgresPool(options)
      try await OwnMigrations.bringUpToDate(pool, at: clock.now)
    }

    /// Reads, for an app with tables of its own. What a broken connection has lost is read once more.
    ///
    /// - Parameter body: gets a session, which is its own until it returns.
    /// - Throws: `StoreUnavailableError` when the database cannot do its work; ``PostgresError`` for a
    ///   value that it does not take; what the body throws.
    public func read<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await pool.read(body)
    }

    /// Writes, in one transaction, for an app with tables of its own. It is done whole or, when this
    /// throws, not at all; only after an `OutcomeUnknownError` nobody can tell.
    ///
    /// - Parameter body: gets a session, which is its own until it returns. It can run again, when an
    ///   earlier run was undone: another transaction was in its way, or the connection broke.
    /// - Throws: `StoreUnavailableError` when the database cannot do its work; `OutcomeUnknownError` when
    ///   it did not answer to the commit; ``PostgresError`` for a value that it does not take; what the
    ///   body throws.
    @discardableResult
    public func write<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await pool.write(body)
    }

    public func close() async throws {
      pool.close()
    }

    public func checkHealth() async throws {
      try await pool.read { db in _ = try db.rows("SELECT 1 FROM latchkey_migration LIMIT 1") }
    }
  }

  extension StoreSource {
    /// A PostgreSQL database, by a URI or a list of keywords and values as libpq knows them.
    public static func postgres(_ connection: String) -> Self {
      .postgres(PostgresOptions(connection))
    }

    public static func postgres(_ options: PostgresOptions) -> Self {
      Self { _ in try await PostgresStore(options) }
    }
  }
#endif
