import Foundation

/// A question before something that cannot be undone.
enum Confirmation {
  /// - Throws: ``CommandFailure`` unless the answer is yes. A script, which has no terminal, cannot
  ///   be asked.
  static func ask(_ question: String) async throws {
    guard StandardInput.isTerminal else {
      throw CommandFailure("Nothing was changed: without a terminal, say --yes.")
    }
    StandardInput.ask("\(question) [y/N] ")
    let answer = try await StandardInput.waiting { readLine()?.lowercased() }
    guard answer == "y" || answer == "yes" else { throw CommandFailure("Nothing was changed.") }
  }
}
