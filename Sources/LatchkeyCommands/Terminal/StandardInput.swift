import Foundation

/// Standard input and the person who may sit there.
enum StandardInput {
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether somebody watches: progress is for people.
  static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

  /// Questions go to standard error: standard output is for results.
  static func ask(_ text: String) {
    // A question that cannot be shown can still be answered.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Runs what waits for input on a thread of its own, which may wait as long as people take.
  static func waiting<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
  }
}
