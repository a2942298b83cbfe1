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
      try await migrate(at: clock.now)
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
