/// Copies all that a database holds into an empty one, and reads it there again before it counts.
package struct DatabaseCopy: Sendable {
  private let source: any CopyEnd
  private let target: any CopyEnd

  package init(from source: any CopyEnd, to target: any CopyEnd) {
    self.source = source
    self.target = target
  }

  /// What was copied of a table.
  package struct Copied: Hashable, Sendable {
    package let table: String
    package let checksum: CopyChecksum
  }

  private static let batch = 2000

  /// - Parameter progress: is told a few words, now and then.
  /// - Returns: what was copied, table by table.
  /// - Throws: ``CopyError`` with a reason for the operator; nothing has changed then.
  package func run(progress: @Sendable (String) -> Void) async throws -> [Copied] {
    do {
      let copied = try await copy(progress)
      await source.rollBack()
      return copied
    } catch {
      await target.rollBack()
      await source.rollBack()
      throw error
    }
  }

  private func copy(_ progress: @Sendable (String) -> Void) async throws -> [Copied] {
    let tables = try await Self.common(source.tables(), target.tables())
    try await source.begin(tables)
    try await target.begin(tables)
    try await checkEmpty(tables)
    let marks = try await source.marks()
    try await target.prepare(marks, for: tables)
    var copied: [Copied] = []
    for table in tables {
      let checksum = try await each(table, of: source) { rows, count in
        try await target.insert(rows, into: table)
        progress("\(table.name): \(count) rows")
      }
      copied.append(Copied(table: table.name, checksum: checksum))
    }
    try await target.finish(marks, for: tables)
    for (table, wanted) in zip(tables, copied) {
      let found = try await each(table, of: target) { _, count in
        progress("\(table.name): \(count) rows checked")
      }
      guard found == wanted.checksum else {
        throw CopyError(
          "\(table.name) did not arrive as it is: \(wanted.checksum.count) rows with the checksum "
            + "\(wanted.checksum.digits) became \(found.count) with \(found.digits). Nothing was "
            + "copied.")
      }
    }
    try await target.commit()
    return copied
  }

  /// The rows in batches, and what they come to.
  private func each(
    _ table: CopiedTable, of end: any CopyEnd,
    _ body: ([CopiedRow], _ count: Int) async throws -> Void
  ) async throws -> CopyChecksum {
    var checksum = CopyChecksum()
    var last: CopiedRow?
    while true {
      let rows = try await end.rows(of: table, after: last, limit: Self.batch)
      guard !rows.isEmpty else { return checksum }
      for row in rows { checksum.add(row) }
      try await body(rows, checksum.count)
      last = rows.last
    }
  }

  private func checkEmpty(_ tables: [CopiedTable]) async throws {
    for table in tables {
      guard try await target.rows(of: table, after: nil, limit: 1).isEmpty else {
        throw CopyError(
          "The target is not empty: there are rows in \(table.name). Nothing was copied; choose "
            + "another, or make it anew.")
      }
    }
    guard try await target.marks().lastNumbers["audit", default: 0] == 0 else {
      throw CopyError(
        "The target is not empty: it has had an audit trail. Nothing was copied; make it anew.")
    }
  }

  /// The tables of the source, with the columns as both have them.
  private static func common(
    _ source: [CopiedTable], _ target: [CopiedTable]
  ) throws -> [CopiedTable] {
    let known = Dictionary(target.map { ($0.name, $0) }) { first, _ in first }
    for table in source {
      guard let other = known[table.name] else {
        throw CopyError(
          "The target has no table \(table.name). Take it through the app's migrations first "
            + "(db migrate).")
      }
      guard Set(other.columns) == Set(table.columns) else {
        let differing = Set(other.columns).symmetricDifference(table.columns).sorted()
        throw CopyError(
          "The table \(table.name) has not the same columns on both sides "
            + "(\(differing.joined(separator: ", "))). Take both through the same migrations first."
        )
      }
      guard !table.key.isEmpty else {
        throw CopyError(
          "The table \(table.name) has no primary key, so its rows cannot be told apart. Give it one."
        )
      }
    }
    // In one order whichever the source is, so that checksums can be compared.
    return source.map { table in
      var table = table
      table.columns.sort()
      return table
    }
  }
}
