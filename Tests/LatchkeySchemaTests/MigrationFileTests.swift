import Foundation
import LatchkeySchema
import Testing

/// Migrations as files.
@Suite struct MigrationFileTests {
  private static let text = """
    -- Add profile

    -- migrate:up

    CREATE TABLE profile (
      account_id INTEGER PRIMARY KEY
    ) STRICT;

    -- migrate:down
    -- loses: the table profile with its rows

    DROP TABLE profile;
    """

  private func file(_ text: String = text) throws -> MigrationFile {
    try MigrationFile(id: "20261126093000-add-profile", text: text)
  }

  @Test func `a file is read and written`() throws {
    let file = try file()
    #expect(file.up.sql.hasPrefix("CREATE TABLE profile (\n  account_id"))
    #expect(file.up.losses.isEmpty)
    #expect(file.down?.sql == "DROP TABLE profile;")
    #expect(file.down?.losses == ["the table profile with its rows"])
    let again = try self.file(file.text(comment: ["Add profile", "", "More."]))
    #expect(again == file && again.checksum == file.checksum)
  }

  @Test func `line ends, blanks at line ends and the way back do not change the checksum`() throws {
    let checksum = try file().checksum
    #expect(checksum.count == 64)
    for text in [
      Self.text.replacing("\n", with: "\r\n"), Self.text.replacing("\n", with: "  \n"),
      Self.text.replacing("DROP TABLE profile", with: "DROP TABLE IF EXISTS profile"),
      "\n\n" + Self.text + "\n\n",
    ] {
      #expect(try file(text).checksum == checksum)
    }
    #expect(try file(Self.text.replacing("STRICT", with: "strict")).checksum != checksum)
  }

  @Test func `what runs is what stands in the file, literals over several lines and all`() throws {
    let literal = "'one  \n\n-- loses: nothing\ntwo\u{2028}three \r\n'"
    let text = "\u{FEFF}-- migrate:up\n-- loses: a word\n\nINSERT INTO note VALUES (\(literal));\n"
    let file = try file(text)
    #expect(file.up.sql == "INSERT INTO note VALUES (\(literal));")
    #expect(file.up.losses == ["a word"])
  }

  @Test func `a way back without a statement is none`() throws {
    #expect(try file("-- migrate:up\nx;\n-- migrate:down\n\n-- Nothing yet.\n;\n").down == nil)
  }

  @Test(arguments: [
    "-- migrate:up\n-- loses: all\n-- Nothing yet.", "-- migrate:up\nx;\0y;",
    "", "CREATE TABLE x (id)", "-- migrate:up\n", "-- migrate:down\nDROP TABLE x;",
    "-- migrate:down\nDROP TABLE x;\n-- migrate:up\nCREATE TABLE x (id);",
    "-- migrate:up\nx;\n-- migrate:up\ny;", "-- migrate:up\nx;\n-- migrate:down\n-- migrate:down\n",
  ])
  func `what has not its marks once and in order is no migration`(text: String) {
    #expect(throws: MigrationFileError.self) { try file(text) }
  }

  @Test func `a name says when and what`() {
    let date = Date(timeIntervalSince1970: 1_795_685_405)
    #expect(
      MigrationID(message: "Add  profile, and more!", date: date)?.description
        == "20261126093005-add-profile-and-more")
    #expect(MigrationID(message: "日本語", date: date) == nil)
    #expect(MigrationID(message: "", date: date) == nil)
    #expect(MigrationID("20261126093005-add") != nil)
    for text in ["", "2026-add", "20261126093005", "20261126093005-", "20261126093005_add", "x"] {
      #expect(MigrationID(text) == nil, "\(text)")
    }
  }

  @Test func `a folder has its files in order, and never overwrites one`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let folder = MigrationFolder(path: path)
    #expect(throws: MigrationFolderError.self) { try folder.files(for: .sqlite) }
    try folder.create()
    defer { try? FileManager.default.removeItem(atPath: path) }
    for id in ["20261126093002-b", "20261126093001-c", "20261126093003-a"] {
      _ = try folder.add(
        MigrationFile(id: id, up: .init(sql: "SELECT 1;"), down: nil), for: .sqlite, comment: [id])
    }
    let names = try folder.files(for: .sqlite).map(\.id)
    #expect(names == ["20261126093001-c", "20261126093002-b", "20261126093003-a"])
    #expect(throws: (any Error).self) {
      try folder.add(
        MigrationFile(id: names[0], up: .init(sql: "SELECT 2;"), down: nil), for: .sqlite,
        comment: [])
    }
    try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/note.sqlite.sql"))
    #expect(throws: MigrationFileError.self) { try folder.files(for: .sqlite) }
  }

  @Test func `files and database have to belong together`() throws {
    let files = (1...3).map { number in
      MigrationFile(
        id: "2026112609300\(number)-x", up: .init(sql: "SELECT \(number);"), down: nil)
    }
    let applied = files.map { AppliedMigration(id: $0.id, checksum: $0.checksum, appliedAt: 7) }
    let state = try MigrationState(files: files, applied: Array(applied[..<2]))
    #expect(state.applied == Array(files[..<2]) && state.pending == [files[2]])
    #expect(throws: MigrationStateError.fileMissing(files[2].id)) {
      try MigrationState(files: Array(files[..<2]), applied: applied)
    }
    #expect(throws: MigrationStateError.outOfOrder(files[0].id, behind: files[1].id)) {
      try MigrationState(files: files, applied: [applied[1]])
    }
    let edited = AppliedMigration(id: files[0].id, checksum: "", appliedAt: 7)
    #expect(throws: MigrationStateError.edited(files[0].id)) {
      try MigrationState(files: files, applied: [edited])
    }
  }
}
