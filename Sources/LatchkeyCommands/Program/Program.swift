public import ArgumentParser
public import Configuration
public import Latchkey

/// An app with a command line: `serve`, `db`, `user`, `session`, `audit` and more, and beside them
/// commands of the app's own.
///
/// ```swift
/// @main
/// struct Notes {
///   static let program = Program(
///     "notes", abstract: "Notes that only their writer can read.", schema: .notes,
///     commands: [CountCommand.self]
///   ) { router, app in
///     let notes = try NoteTable(database: app.sqlite.pool)
///     router.get("/notes") { _, context in
///       try await notes.texts(of: context.account).joined(separator: "\n")
///     }
///     router.post("/notes") { request, context in
///       let body = try await request.body.collect(upTo: 10_000)
///       try await notes.add(String(buffer: body), for: context.account)
///       return HTTPResponse.Status.created
///     }
///   }
///
///   static func main() async {
///     await program.run()
///   }
/// }
/// ```
public struct Program: Sendable {
  /// What the program is called on the command line, and its site until `site.name` is set.
  public var name: String
  /// One line about it, for `--help`.
  public var abstract: String
  /// The app's own tables; nil when it has none and no migrations, whatever folder it runs in.
  public var schema: Schema?
  /// Templates that the app embeds, by name.
  public var templates: [String: String]
  /// Keys of settings of the app's own, such as `notes.maximum`: ``ServedApp/settings`` reads them.
  public var settings: Set<String>
  /// Commands of the app's own.
  public var commands: [any ParsableCommand.Type]
  let addRoutes: @Sendable (AuthRouter, ServedApp) throws -> Void

  /// - Parameters:
  ///   - name: what it is called on the command line, and its site until `site.name` is set.
  ///   - abstract: one line about it, for `--help`.
  ///   - schema: the app's own tables; nil for an app that has none and no migrations.
  ///   - templates: those that the app embeds, by name.
  ///   - settings: keys of settings of the app's own.
  ///   - commands: commands of the app's own.
  ///   - routes: adds the app's routes, once, before it serves.
  public init(
    _ name: String, abstract: String = "An app with accounts.", schema: Schema? = Schema(),
    templates: [String: String] = [:], settings: Set<String> = [],
    commands: [any ParsableCommand.Type] = [],
    routes: @escaping @Sendable (AuthRouter, ServedApp) throws -> Void = { _, _ in }
  ) {
    self.name = name
    self.abstract = abstract
    self.schema = schema
    self.templates = templates
    self.settings = settings
    self.commands = commands
    self.addRoutes = routes
  }

  /// The name as it stands in a sentence.
  var title: String { name.prefix(1).uppercased() + name.dropFirst() }

  /// Runs the command that the process was started with, and exits the process.
  public func run() async {
    await Self.$current.withValue(self) { await ProgramCommand.main() }
  }

  /// The router of the app with all of its routes.
  package func router(_ app: ServedApp, site: Site) throws -> AuthRouter {
    var site = site
    site.templates.merge(templates) { $1 }
    let router = try app.auth.router(site: site)
    try addRoutes(router, app)
    return router
  }

  /// The tables in a database that has none of them.
  ///
  /// - Parameter folder: of the migrations that make them; when it is not there, they are made as
  ///   declared.
  package func createTables(in database: any AppDatabase, by folder: String) async throws {
    let migrations = Migrations(self, folder: MigrationFolder(path: folder), database)
    let files = try migrations.folder.exists ? migrations.files() : declaredAsMigration()
    for file in files { _ = try await database.apply(file) { _ in } }
  }

  private func declaredAsMigration() -> [MigrationFile] {
    let changes = Schema().changes(to: schema ?? Schema())
    let sql = changes.flatMap(SQLiteText.statements).joined(separator: ";\n")
    return changes.isEmpty ? [] : [MigrationFile(id: "declared", up: .init(sql: sql), down: nil)]
  }

  /// What the declared tables have and the migrations for SQLite do not, as statements. A test of the
  /// app that expects none sees to it that nobody forgets a migration.
  ///
  /// - Throws: an error that says what is wrong with the files or with the declared tables.
  public func changesWithoutMigration(in folder: String = "Migrations") throws -> [String] {
    // Looks at no file: all of it happens in memory.
    let database = SQLiteDatabase(path: "")
    let migrations = Migrations(self, folder: MigrationFolder(path: folder), database)
    return try database.undeclared(after: migrations.files(), in: schema ?? Schema())
  }

  /// What somebody types for a command such as `db migrate`: the program as it is called, or `swift
  /// run notes` in the folder of its package, where it is not installed; and behind it what was
  /// said this time of where things are, since the command is to find the same.
  func line(_ command: String, _ arguments: [String] = CommandLine.arguments) -> String {
    let isInPackage = (arguments.first ?? "").split(separator: "/").contains(".build")
    var words = [isInPackage ? "swift run \(name)" : name, command]
    for (index, word) in arguments.enumerated() {
      for option in ["--database", "--config", "--migrations"] {
        if word == option, index + 1 < arguments.count {
          words += [option, Self.quoted(Self.withoutPassword(arguments[index + 1]))]
        } else if word.hasPrefix(option + "=") {
          let value = String(word.dropFirst(option.count + 1))
          words += [option, Self.quoted(Self.withoutPassword(value))]
        }
      }
    }
    return words.joined(separator: " ")
  }

  /// Of a URL with one its place alone is written: what stands in a terminal stands in logs.
  private static func withoutPassword(_ text: String) -> String {
    guard let start = text.firstRange(of: "://")?.upperBound else { return text }
    var rest = text[start...]
    if let at = rest.lastIndex(of: "@") {
      if let colon = rest[..<at].firstIndex(of: ":") {
        rest = rest[..<colon] + ":PASSWORD" + rest[at...]
      }
    }
    if let query = rest.firstRange(of: "password=") {
      rest = rest[..<query.upperBound] + "PASSWORD"
    }
    return String(text[..<start] + rest)
  }

  /// As a shell reads it, and safe for a terminal.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      let character = Character(Unicode.Scalar(byte))
      return character.isASCII
        && (character.isLetter || character.isNumber || "/._-+:@".contains(character))
    }
    return isPlain && !text.isEmpty
      ? text
      : "\(TerminalText("'" + text.unicodeScalars.map { $0 == "'" ? "'\\''" : "\($0)" }.joined() + "'"))"
  }

  /// Parsed commands are values that the parser makes, so they find their program here.
  @TaskLocal static var current = Program("latchkey")
}

/// What the app's routes are served with.
public struct ServedApp: Sendable {
  public let auth: LocalAuth
  /// The database, of whatever kind.
  public let store: any Store
  /// From the command line, the environment and the settings file.
  public let settings: ConfigReader

  package init(auth: LocalAuth, store: any Store, settings: ConfigReader) {
    self.auth = auth
    self.store = store
    self.settings = settings
  }

  /// The database, for an app with tables of its own on SQLite.
  ///
  /// - Throws: ``CommandFailure`` when it is of another kind.
  public var sqlite: SQLiteStore {
    get throws {
      guard let store = store as? SQLiteStore else { throw CommandFailure(notOn: .sqlite) }
      return store
    }
  }

  #if Postgres
    /// The database, for an app with tables of its own on PostgreSQL.
    ///
    /// - Throws: ``CommandFailure`` when it is of another kind.
    public var postgres: PostgresStore {
      get throws {
        guard let store = store as? PostgresStore else { throw CommandFailure(notOn: .postgres) }
        return store
      }
    }
  #endif
}

extension CommandFailure {
  fileprivate init(notOn kind: DatabaseKind) {
    self.init(
      "\(Program.current.name) keeps its own tables in \(kind.title). Choose such a database: "
        + (kind == .sqlite ? "--database app.db" : "--database postgres://…"))
  }
}
