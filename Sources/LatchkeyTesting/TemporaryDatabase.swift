import Foundation

/// Runs `body` with the path of a database file that does not exist yet, in a folder of its own
/// that is removed afterwards.
public func withTemporaryDatabase<Value>(
  _ body: (_ path: String) async throws -> Value
) async throws -> Value {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("latchkey-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let result: Result<Value, any Error>
  do {
    result = .success(try await body(folder.appendingPathComponent("test.db").path))
  } catch {
    result = .failure(error)
  }
  try FileManager.default.removeItem(at: folder)
  return try result.get()
}
