import GRDB
import Latchkey

/// An app with a table of its own beside the accounts: each account has one profile.
@main
struct OwnData {
  static func main() async throws {
    let store = try await SQLiteStore(path: "own-data.db")
    let auth = try await LocalAuth(.opened(store))
    let router = try await router(auth, profiles: Profiles(store.pool))
    try await auth.application(router: router).runService()
  }

  static func router(_ auth: LocalAuth, profiles: Profiles) async throws -> AuthRouter {
    let router = try auth.router()
    router.open.get("/") { _, _ in "Welcome to my homepage!" }
    router.get("/profile") { _, context in
      try await profiles.motto(of: context.account.id) ?? "No motto yet."
    }
    router.put("/profile") { request, context in
      let motto = try await request.body.collect(upTo: 1000)
      try await profiles.set(motto: String(buffer: motto), of: context.account.id)
      return HTTPResponse.Status.noContent
    }
    return router
  }
}

/// The app's own table. It goes with the account: ON DELETE CASCADE.
struct Profiles: Sendable {
  private let pool: DatabasePool

  init(_ pool: DatabasePool) throws {
    self.pool = pool
    var migrator = DatabaseMigrator()
    migrator.registerMigration("profiles") { db in
      try db.execute(
        sql: """
          CREATE TABLE profile (
            account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
            motto TEXT NOT NULL CHECK (length(motto) <= 1000)
          ) STRICT
          """)
    }
    try migrator.migrate(pool)
  }

  func motto(of account: AccountID) async throws -> String? {
    try await pool.read { db in
      try String.fetchOne(
        db, sql: "SELECT motto FROM profile WHERE account_id = ?", arguments: [account.rawValue])
    }
  }

  func set(motto: String, of account: AccountID) async throws {
    try await pool.write { db in
      try db.execute(
        sql: """
          INSERT INTO profile (account_id, motto) VALUES (?, ?)
          ON CONFLICT (account_id) DO UPDATE SET motto = excluded.motto
          """,
        arguments: [account.rawValue, motto])
    }
  }
}
