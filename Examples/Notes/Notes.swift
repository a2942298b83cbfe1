import ArgumentParser
import GRDB
import Latchkey
import LatchkeyCommands

/// An app with tables of its own and a command of its own.
@main
struct Notes {
  static let program = Program(
    "notes", abstract: "Notes that only their writer can read.", schema: .notes,
    commands: [CountCommand.self]
  ) { router, app in
    let notes = try NoteTable(database: app.sqlite.pool)
    router.get("/notes") { _, context in
      try await notes.texts(of: context.account).joined(separator: "\n")
    }
    router.post("/notes") { request, context in
      let body = try await request.body.collect(upTo: 10_000)
      try await notes.add(String(buffer: body), for: context.account)
      return HTTPResponse.Status.created
    }
  }

  static func main() async {
    await program.run()
  }
}

extension Schema {
  static let notes = Schema(
    .table(
      "note",
      .column("id", .id),
      .column("account_id", .integer, references: .account),
      .column("text", .text, check: "length(text) BETWEEN 1 AND 10000"),
      indexes: [.index("note_by_account", on: "account_id")]))
}

struct NoteTable {
  let database: any DatabaseWriter

  func texts(of account: Account) async throws -> [String] {
    try await database.read { db in
      try String.fetchAll(
        db, sql: "SELECT text FROM note WHERE account_id = ? ORDER BY id",
        arguments: [account.id.rawValue])
    }
  }

  func add(_ text: String, for account: Account) async throws {
    try await database.write { db in
      try db.execute(
        sql: "INSERT INTO note (account_id, text) VALUES (?, ?)",
        arguments: [account.id.rawValue, text])
    }
  }
}

struct CountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "count", abstract: "Say how many notes there are.",
    discussion: "Example: notes count --database app.db")

  @Option(help: "The database file.")
  var database = "latchkey.db"

  func run() async throws {
    let store = try await SQLiteStore(path: database, creating: false)
    let count = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM note") }
    print(count ?? 0)
  }
}
