public import Configuration
import Latchkey
public import LatchkeyCommands
import HummingbirdTesting
import Logging

/// Runs an app on a database of its own, without a network, and hands over a browser.
///
/// The app's tables are made by its migrations, as they will be where it is deployed, with all that
/// they have and a schema cannot say. Without a folder of migrations they are made as declared.
///
/// ```swift
/// try await withApp(Notes.program) { browser, app in
///   _ = try await app.auth.addAccount(username: "ada", password: Password("seven blue teapots"))
///   #expect(try await browser.open("/notes").path == "/login?next=/notes")
/// }
/// ```
///
/// - Parameters:
///   - program: the app.
///   - migrations: their folder. Tests run in the folder of the package.
///   - settings: what the app finds in `ServedApp.settings`.
///   - body: the test: a browser without cookies, and what the app's routes get.
public func withApp(
  _ program: Program, migrations: String = "Migrations",
  settings: [AbsoluteConfigKey: ConfigValue] = [:],
  _ body: @escaping @Sendable (Browser, ServedApp) async throws -> Void
) async throws {
  try await withTemporaryDatabase { path in
    let store = try await SQLiteStore(path: path)
    try await program.createTables(in: SQLiteDatabase(path: path), by: migrations)
    var logger = Logger(label: program.name)
    // A line for each request would hide the one that a test has to say.
    logger.logLevel = .warning
    let auth = try await LocalAuth(
      .opened(store), configuration: .fastHashing, logger: logger)
    let app = ServedApp(
      auth: auth, store: store,
      settings: ConfigReader(provider: InMemoryProvider(values: settings)))
    try await Application(router: program.router(app, site: Site())).test(.router) { client in
      try await body(Browser(client), app)
    }
    try await store.close()
  }
}
