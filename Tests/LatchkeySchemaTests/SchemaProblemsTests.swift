@testable import LatchkeySchema
import Testing

/// Schemas that cannot be.
@Suite struct SchemaProblemsTests {
  private static func with(_ body: (inout Schema.Table) -> Void) -> Schema {
    var table = SchemaChangeTests.profile
    body(&table)
    return Schema(tables: [table])
  }

  @Test func `a schema that is fine has no problems`() {
    let schema = Schema(SchemaChangeTests.profile, SchemaChangeTests.note)
    #expect(schema.problems(besides: ["account"]).isEmpty)
  }

  static let wrong: [(Schema, String)] = [
    (Schema(SchemaChangeTests.profile, SchemaChangeTests.profile), "two tables named profile"),
    (with { $0.name = "account" }, "Latchkey's own"),
    (with { $0.name = "latchkey_extra" }, "Latchkey's own"),
    (with { $0.name = "Profile" }, "“Profile” is no name"),
    (with { $0.name = "drop table" }, "is no name"),
    (with { $0.name = "" }, "is no name"),
    (with { $0.name = String(repeating: "x", count: 64) }, "is no name"),
    (with { $0.columns = [] }, "no columns"),
    (with { $0.primaryKey = [] }, "no primary key"),
    (with { $0.primaryKey = ["nothing"] }, "nothing of the primary key"),
    (with { $0.columns.append($0.columns[1]) }, "two columns named motto"),
    (
      with { $0.columns[0].references = .row(of: "nothing", onDelete: .cascade) },
      "which is no table"
    ),
    (
      with { $0.columns[0].references = .row(of: "account", onDelete: .setNull) },
      "cannot be set to NULL"
    ),
    (with { $0.columns[1].defaultValue = 7 }, "the default of motto is not text"),
    (with { $0.columns[1].check = "true); DROP TABLE account; --" }, "is not one SQL expression"),
    (with { $0.columns[1].check = "motto = 'x" }, "is not one SQL expression"),
    (with { $0.columns[1].check = "" }, "is not one SQL expression"),
    (with { $0.checks = ["("] }, "is not one SQL expression"),
    (with { $0.indexes = [.index("x", on: "nothing")] }, "names nothing, which is no column"),
    (with { $0.columns.append(.column("id", .id)) }, "id must be the primary key, alone"),
  ]

  @Test(arguments: wrong.indices)
  func `what is wrong is said`(index: Int) {
    let (schema, part) = Self.wrong[index]
    let problems = schema.problems(besides: ["account"])
    #expect(problems.contains { $0.contains(part) }, "\(problems)")
  }
}
