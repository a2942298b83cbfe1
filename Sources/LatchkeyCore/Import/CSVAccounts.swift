extension ForeignAccounts {
  /// Accounts of a CSV file (RFC 4180) with a first line that names the columns, in any order. Others are not
  /// read.
  ///
  /// | name | meaning |
  /// |---|---|
  /// | `username` | required |
  /// | `hash` | required: the password's, in the text of the system that made it; empty for none |
  /// | `enabled` | `true` or `false`, also `1`, `0`, `yes`, `no`; when there is no such column, true |
  /// | `created` | a date and time (RFC 3339; also with a blank for the `T`, and UTC where no zone is said) |
  ///
  /// - Parameter bytes: of the file.
  /// - Throws: ``UnreadableFileError`` when the head line has no `username` and `hash`, or a quote has no end.
  public init(csv bytes: [UInt8]) throws(UnreadableFileError) {
    self.init()
    var rows = try CSVRows(bytes)[...]
    guard let head = rows.popFirst() else { throw UnreadableFileError("It is empty.") }
    let columns = head.fields.map { $0.lowercased() }
    guard let username = columns.firstIndex(of: "username"),
      let hash = columns.firstIndex(of: "hash")
    else {
      throw UnreadableFileError(
        "Its first line must name the columns, username and hash among them.")
    }
    let enabled = columns.firstIndex(of: "enabled")
    let created = columns.firstIndex(of: "created")
    for row in rows {
      add(line: row.line) { origin throws(UnreadableLine) in
        guard row.fields.count == columns.count else {
          throw UnreadableLine(
            reason: "it has \(row.fields.count) fields, and the first line has \(columns.count)")
        }
        let text = row.fields[hash]
        // One by one: `map` forgets which error it was.
        let isEnabled =
          if let enabled { try AccountColumns.isEnabled(row.fields[enabled]) } else { true }
        let createdAt: Timestamp? =
          if let created { try AccountColumns.createdAt(row.fields[created]) } else { nil }
        return ForeignAccount(
          origin: origin, username: row.fields[username],
          hash: text.isEmpty ? nil : PasswordHash(text: text), isEnabled: isEnabled,
          createdAt: createdAt)
      }
    }
  }
}
