internal import GRDB
internal import LatchkeySchema

extension MigrationFailure {
  private init(id: String, _ error: DatabaseError) {
    let advice =
      switch error.extendedResultCode {
      case .SQLITE_CONSTRAINT_CHECK, .SQLITE_CONSTRAINT_NOTNULL, .SQLITE_CONSTRAINT_UNIQUE,
        .SQLITE_CONSTRAINT_DATATYPE:
        " (there are rows that do not fit: change them first)"
      case .SQLITE_BUSY:
        " (another program writes to it, perhaps another db migrate: try again when it is done)"
      default: ""
      }
    self.init(
      id: id,
      reason: (error.message ?? "SQLite error \(error.extendedResultCode.rawValue)") + advice,
      sql: error.sql)
  }

  static func named<Value>(_ id: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw MigrationFailure(id: id, error)
    }
  }
}
