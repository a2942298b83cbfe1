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

  /// - Parameters:
  ///   - progress: is told a few words, now and then.
  ///   - willCommit: is called last: until then nothing has changed.
  /// - Returns: what was copied, table by table.
  /// - Throws: ``CopyError`` with a reason for the operator; nothing has changed then.
  package func run(
    progress: @Sendable (String) -> Void, willCommit: () -> Void = {}
  ) async throws -> [Copied] {
    do {
      let copied = try await copy(progress)
      willCommit()
      try await target.commit()
      await source.rollBack()
      return copied
    } catch {
      await target.rollBack()
      await source.rollBack()
      throw error
    }
  }

  private func copy(_ progress: @Sendable (String) -> Void) async throws -> [Copied] {
    guard try await source.identity() != target.identity() else {
      throw CopyError("Source and target are the same database. Nothing was copied.")
    }
    let there = try await target.tables()
    let tables = try await Self.common(source.tables(), there)
    try await source.begin(tables)
    try await target.begin(tables)
    try await checkEmpty(there)
    let marks = try await source.marks()
    try await target.prepare(marks, for: tables)
    var copied: [Copied] = []
    for table in tables {
      let checksum = try await each(table, of: source) { rows, count in
        try await target.insert(rows, into: table)
        progress("\(table.name): \(count) rows")
      }
      // By another way than the one that read them.
      guard try await source.count(of: table) == checksum.count else {
        throw CopyError(
          "Not all rows of \(table.name) can be read in the order of its key. Nothing was copied.")
      }
      copied.append(Copied(table: table.name, checksum: checksum))
    }
    try await target.finish(marks, for: tables)
    for (table, wanted) in zip(tables, copied) {
      let found = try await each(table, of: target) { _, count in
        progress("\(table.name): \(count) rows checked")
      }
      let count = try await target.count(of: table)
      guard found == wanted.checksum, count == found.count else {
        throw CopyError(
          "\(table.name) did not arrive as it is: \(try await difference(in: table)). Nothing was "
            + "copied.")
      }
    }
    return copied
  }

  /// The rows in batches, and what they come to.
  private func each(
    _ table: CopiedTable, of end: any CopyEnd,
    _ body: ([CopiedRow], _ count: Int) async throws -> Void
  ) async throws -> CopyChecksum {
    var checksum = CopyChecksum()
    var place = CopyPlace.all
    while true {
      let rows = try await end.rows(of: table, place, limit: Self.batch)
      guard let last = rows.last else { return checksum }
      for row in rows {
        guard !table.key(of: row).contains(.null) else {
          throw CopyError(
            "There is a row of \(table.name) without a value in its key "
              + "(\(table.key.joined(separator: ", "))). Nothing was copied; give it one.")
        }
        checksum.add(row)
      }
      try await body(rows, checksum.count)
      place = .behind(last)
    }
  }

  /// The first that is found, in words for somebody who knows the tables.
  private func difference(in table: CopiedTable) async throws -> String {
    var place = CopyPlace.all
    while true {
      let rows = try await source.rows(of: table, place, limit: Self.batch)
      guard let last = rows.last else { return "there are more rows than there should be" }
      for row in rows {
        guard let other = try await target.rows(of: table, .like(row), limit: 1).first else {
          return "the row with \(table.name(of: row)) is missing"
        }
        let differing = row.indices.first {
          CopyChecksum(of: [row[$0]]) != CopyChecksum(of: [other[$0]])
        }
        if let differing {
          return
            "\(table.columns[differing]) of the row with \(table.name(of: row)) is otherwise. What can be copied "
            + "are whole numbers, double precision, text, bytes and booleans"
        }
      }
      place = .behind(last)
    }
  }

  /// - Parameter tables: all of the target: what it has beside those of the source could be in the way
  ///   of nothing, but was meant for something.
  private func checkEmpty(_ tables: [CopiedTable]) async throws {
    for table in tables {
      guard try await target.count(of: table) == 0 else {
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
