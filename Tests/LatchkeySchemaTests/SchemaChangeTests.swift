@testable import LatchkeySchema
import Testing

/// From one schema to another.
@Suite struct SchemaChangeTests {
  typealias Column = Schema.Column
  typealias Index = Schema.Index

  static let profile = Schema.Table.table(
    "profile",
    .column("account_id", .integer, references: .account),
    .column("motto", .text, default: "", check: "length(motto) <= 200"),
    primaryKey: ["account_id"])
  static let note = Schema.Table.table(
    "note",
    .column("id", .id),
    .column(
      "profile_id", .integer,
      references: .row(of: "profile", column: "account_id", onDelete: .cascade)),
    .column("text", .text),
    indexes: [.index("note_by_profile", on: "profile_id")])

  private func changes(_ old: [Schema.Table], _ new: [Schema.Table]) -> [SchemaChange] {
    Schema(tables: old).changes(to: Schema(tables: new))
  }

  private func change(
    _ old: [Schema.Table], _ new: [Schema.Table], for rename: String
  ) throws -> SchemaChange {
    try Schema(tables: old).change(
      for: #require(Rename(rename)), towards: Schema(tables: new))
  }

  @Test func `nothing to do is nothing`() throws {
    #expect(changes([Self.profile, Self.note], [Self.note, Self.profile]).isEmpty)
    var respelled = Self.profile
    respelled.columns[1].check = "length( motto )<=200"
    #expect(changes([Self.profile], [respelled]).isEmpty)
  }

  @Test func `what is referred to comes first and goes last`() throws {
    #expect(
      changes([], [Self.note, Self.profile])
        == [.createTable(Self.profile), .createTable(Self.note)])
    #expect(
      changes([Self.profile, Self.note], [])
        == [.dropTable(Self.note), .dropTable(Self.profile)])
  }

  @Test func `a column that all rows can have is added in place, any other makes the table anew`()
    throws
  {
    var new = Self.profile
    let city = Column("city", .text, optional: true)
    new.columns.append(city)
    #expect(changes([Self.profile], [new]) == [.addColumn(city, table: new)])
    new.columns[2] = Column("city", .text)
    #expect(changes([Self.profile], [new]) == [.rebuild(from: Self.profile, to: new)])
    new.columns = [Self.profile.columns[0], city, Self.profile.columns[1]]
    #expect(changes([Self.profile], [new]) == [.rebuild(from: Self.profile, to: new)])
  }

  @Test func `an index goes before the column that it names`() throws {
    var old = Self.note
    old.columns.append(Column("kind", .text, default: ""))
    old.indexes.append(Index("note_by_kind", on: ["kind"]))
    #expect(
      changes([Self.profile, old], [Self.profile, Self.note]) == [
        .dropIndex(old.indexes[1], table: "note"), .dropColumn(old.columns[3], table: Self.note),
      ])
  }

  @Test func `nothing is taken for renamed unless it is told`() throws {
    var new = Self.profile
    new.columns[1] = Column("slogan", .text, default: "", check: "length(slogan) <= 200")
    let told = try change([Self.profile], [new], for: "profile.motto:slogan")
    #expect(told == .renameColumn(table: "profile", from: "motto", to: "slogan"))
    let untold = changes([Self.profile], [new])
    #expect(untold.flatMap(\.losses) == ["the column profile.motto with its values"])
  }

  @Test func `a table is renamed when it is told`() throws {
    var person = Self.profile
    person.name = "person"
    #expect(
      try change([Self.profile], [person], for: "profile:person")
        == .renameTable(from: "profile", to: "person"))
  }

  @Test(arguments: [
    "motto:slogan", "profile.nothing:motto", "profile.motto:motto", "profile:profile", "nothing:x",
  ])
  func `a rename that cannot be is refused`(text: String) throws {
    #expect(throws: RenameError.self) { try change([Self.profile], [Self.profile], for: text) }
  }

  @Test(arguments: ["", ":", "a", "a:", ":b", "a:b:c", "a.b.c:d", "a.:b", ".a:b", "a:b.c"])
  func `what is no rename is none`(text: String) {
    #expect(Rename(text) == nil)
  }

  @Test(arguments: [
    (
      Column("motto", .integer, default: 0),
      ["values of profile.motto that are not integer (it was text)"]
    ),
    (Column("motto", .blob), []),
    (Column("motto", .text, optional: true), []),
    (Column("motto", .text, check: "motto <> ''"), []),
  ])
  func `what gets lost is named`(column: Column, losses: [String]) throws {
    var new = Self.profile
    new.columns[1] = column
    #expect(changes([Self.profile], [new]).flatMap(\.losses) == losses)
  }

  @Test func `rows that have no value for what is needed get lost`() throws {
    var (old, new) = (Self.profile, Self.profile)
    old.columns[1] = Column("motto", .text, optional: true)
    new.columns[1] = Column("motto", .text)
    #expect(
      changes([old], [new]).flatMap(\.losses)
        == ["rows of profile without a motto, since it is not optional any more"])
    new.columns[1].defaultValue = ""
    #expect(changes([old], [new]).flatMap(\.losses).isEmpty)
    new.columns.append(Column("city", .text))
    #expect(
      changes([old], [new]).flatMap(\.losses)
        == [
          "every row of profile, since city is new, not optional, and has no default "
            + "(give it one, or make it optional)"
        ])
  }
}
