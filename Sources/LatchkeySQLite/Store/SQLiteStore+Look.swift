import Foundation
internal import GRDB
internal import LatchkeyCore

extension SQLiteStore {
  /// Reads from a database, by a connection that cannot write.
  static func looking<Value: Sendable>(
    at path: String, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try DatabaseFile.checkName(path)
    guard DatabaseFile.holdsAny(path) else { throw StoreUnavailableError(missing: path) }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(TimeInterval(lockTimeout.components.seconds))
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      return try await queue.read(body)
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }
}
