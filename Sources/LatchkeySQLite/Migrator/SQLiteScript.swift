internal import GRDBSQLite
internal import LatchkeySchema

/// A text of several statements.
struct SQLiteScript {
  let statementCount: Int

  /// SQLite itself says where a statement ends: not each semicolon of a trigger does.
  init(_ sql: String) {
    var count = 0
    var statement = ""
    for part in sql.split(separator: ";", omittingEmptySubsequences: false) {
      statement += part
      guard part.endIndex < sql.endIndex else { break }
      statement += ";"
      if sqlite3_complete(statement) == 1 {
        count += SQLTokens(statement).tokens == [";"] ? 0 : 1
        statement = ""
      }
    }
    statementCount = count + (SQLTokens(statement).tokens.isEmpty ? 0 : 1)
  }
}
