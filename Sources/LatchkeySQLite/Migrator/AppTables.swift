internal import GRDB
package import LatchkeySchema

/// What an app has in a database beside Latchkey's own tables.
package struct AppTables: Hashable, Sendable {
  /// The tables, as far as a schema can say them.
  package let schema: Schema
  let objects: [SQLiteObject]

  init(in db: Database) throws {
    objects = try OwnTables.others(in: db)
    schema = try Schema(objects, in: db)
  }

  /// As steps make them.
  /// - Throws: ``MigrationFailure``.
  package init(after files: [MigrationFile]) throws {
    self = try Sandbox.with(own: OwnMigrations.files.get(), files) { try AppTables(in: $0) }
  }

  /// As a schema declares them, read from a database, so that they can be compared with others.
  package init(declared: Schema) throws {
    let statements = Schema().changes(to: declared).flatMap(SQLiteText.statements)
    self = try Sandbox.with(own: OwnMigrations.files.get()) { db in
      for statement in statements { try db.execute(sql: statement) }
      return try AppTables(in: db)
    }
  }

  /// The names of what hangs on the tables and a schema cannot say, and of the views.
  var handmade: Set<String> {
    Set(objects.filter { $0.kind == "view" }.map(\.name))
      .union(schema.tables.flatMap(\.others).map(\.name))
      .union(objects.filter { $0.kind == "trigger" }.map(\.name))
  }

  /// What would have to be done for these to be as they are declared.
  package func changes(to declared: AppTables) -> [SchemaChange] {
    var old = schema
    let alone = Set(leftAlone(by: declared).map(\.name))
    old.tables.removeAll { alone.contains($0.name) }
    return old.changes(to: declared.keeping(what: self).schema)
  }

  /// The tables that are not declared and have what a schema cannot say: they are not there because
  /// somebody took them out of the declaration, since they could not be in it as they are.
  package func leftAlone(by declared: AppTables) -> [Schema.Table] {
    schema.tables.filter { !$0.unsaid.isEmpty && declared.schema.table($0.name) == nil }
  }

  /// With what others have on their tables and no declaration can say.
  func keeping(what others: AppTables) -> AppTables {
    AppTables(
      schema: Schema(
        tables: schema.tables.map { table in
          guard let found = others.schema.table(table.name)?.others else { return table }
          var table = table
          table.others = found
          // An index that a migration made with an order, say, is the declared one.
          table.indexes.removeAll { index in found.contains { $0.name == index.name } }
          return table
        }), objects: objects)
  }

  private init(schema: Schema, objects: [SQLiteObject]) {
    self.schema = schema
    self.objects = objects
  }
}
