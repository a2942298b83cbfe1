extension Migration {
  /// Which of the app's own migrations have been applied.
  static let appMigrations = Migration(
    id: "4-app-migrations",
    sql: """
      CREATE TABLE latchkey_app_migration (
        id TEXT NOT NULL PRIMARY KEY,
        -- The SHA-256 of the statements, in hexadecimal digits.
        checksum TEXT NOT NULL CHECK (length(checksum) = 64),
        applied_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      """)
}
