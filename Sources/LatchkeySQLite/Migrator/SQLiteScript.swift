internal import GRDBSQLite
internal import LatchkeySchema

/// A text of several statements.
struct SQLiteScript {
  let statementCount: Int

  /// SQLite itself says where a statement ends: not each semicolon of a trigger does.
  init(_ sql: String) {
    var count = 0
    var start = sql.startIndex
    var isEmpty = true
    for token in SQLTokens(sql).tokens {
      guard token == ";" else {
        isEmpty = false
        continue
      }
      guard isEmpty || sqlite3_complete(String(sql[start..<token.endIndex])) == 1 else { continue }
      count += isEmpty ? 0 : 1
      (start, isEmpty) = (token.endIndex, true)
    }
    statementCount = count + (isEmpty ? 0 : 1)
  }
}
