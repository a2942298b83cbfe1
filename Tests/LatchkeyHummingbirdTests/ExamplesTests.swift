import Foundation
import GRDB
import HummingbirdTesting
import Latchkey
import LatchkeyCommands
import LatchkeyTesting
import Testing

@testable import HomePage
@testable import Notes
@testable import OwnRouter

@Suite struct ExamplesTests {
  private func withAuth(_ body: (LocalAuth, SQLiteStore) async throws -> Void) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      try await body(auth, store)
      try await store.close()
    }
  }

  @Test func `HomePage: everybody reads the home page, members the protected one`() async throws {
    try await withAuth { auth, _ in
      try await Application(router: HomePage.router(auth)).test(.router) { client in
        let browser = Browser(client)
        #expect(try await browser.open("/").body.contains("Welcome to my homepage!"))
        #expect(try await browser.open("/protected").path == "/login?next=/protected")
        let page = try await browser.submit(
          "/login", ["username": "alice", "password": "correct horse", "next": "/protected"])
        #expect(page.body.contains("Protected Page for alice"))
        #expect(page.body.contains("<title>Members · My homepage</title>"))
        let home = try await browser.submit("/logout", [:])
        #expect(home.path == "/")
      }
    }
  }

  @Test func `OwnRouter: the app keeps its router, its context and its middleware`() async throws {
    try await withAuth { auth, _ in
      try await Application(router: OwnRouter.router(auth)).test(.router) { client in
        let browser = Browser(client)
        #expect(try await browser.open("/").body == "Good day, stranger!")
        #expect(try await browser.open("/protected").path == "/login?next=/protected")
        let page = try await browser.submit(
          "/login", ["username": "alice", "password": "correct horse", "next": "/protected"])
        #expect(page.body == "Good day, alice!")
        #expect(try await browser.open("/nope").body.contains("404"))
      }
    }
  }

  @Test func `OwnRouter: the app's own context knows where somebody comes from`() async throws {
    try await withAuth { auth, _ in
      // Over a real socket, or there would be no address.
      try await Application(router: OwnRouter.router(auth)).test(.live) { client in
        _ = try await Browser(client).submit(
          "/login", ["username": "alice", "password": "correct horse"])
      }
      let alice = try #require(try await auth.account(named: "alice"))
      let session = try #require(try await auth.sessions(of: alice).first?.session)
      #expect(session.client.address == "127.0.0.1")
    }
  }

  @Test func `Notes: a note is its writer's, and goes with the account`() async throws {
    try await withApp(Notes.program) { browser, app in
      _ = try await app.auth.addAccount(username: "ada", password: Password("seven blue teapots"))
      #expect(try await browser.open("/notes").path == "/login?next=/notes")
      _ = try await browser.submit(
        "/login", ["username": "ada", "password": "seven blue teapots"])
      #expect(try await browser.send(.post, "/notes", body: "Onwards").status == .created)
      #expect(try await browser.open("/notes").body == "Onwards")
      let ada = try #require(try await app.auth.account(named: "ada"))
      try await app.auth.delete(ada)
      let count = try await app.sqlite.pool.read { db in
        try Int.fetchOne(db, sql: "SELECT count(*) FROM note")
      }
      #expect(count == 0)
    }
  }

  @Test func `Notes: strangers are sent to the login`() async throws {
    try await withApp(Notes.program) { browser, app in
      _ = try await app.auth.addAccount(username: "ada", password: Password("seven blue teapots"))
      #expect(try await browser.open("/notes").path == "/login?next=/notes")
    }
  }

  @Test func `Notes: a forgotten migration is found`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let missing = try Notes.program.changesWithoutMigration(in: folder)
    #expect(missing.count == 2 && missing[0].hasPrefix("CREATE TABLE note"))
    let text = "-- migrate:up\n" + missing.map { "\($0);" }.joined(separator: "\n")
    try Data(text.utf8).write(
      to: URL(fileURLWithPath: folder + "/20260101000000-first.sqlite.sql"))
    #expect(try Notes.program.changesWithoutMigration(in: folder).isEmpty)
  }
}
