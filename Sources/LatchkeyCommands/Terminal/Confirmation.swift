import Foundation

/// A question before something that cannot be undone.
enum Confirmation {
  /// - Parameter withoutTerminal: what a script reads instead, since it cannot be asked.
  /// - Throws: ``CommandFailure`` unless the answer is yes.
  static func ask(_ question: String, withoutTerminal: String) async throws {
    guard StandardInput.isTerminal else { throw CommandFailure(withoutTerminal) }
    StandardInput.ask("\(question) [y/N] ")
    let answer = try await StandardInput.waiting { readLine()?.lowercased() }
    guard answer == "y" || answer == "yes" else { throw CommandFailure("Nothing was changed.") }
  }

  /// Asks whether something may get lost, if anything would be.
  /// - Parameter hint: what may be done instead, by a script or a person.
  static func ask(aboutLosing losses: [String], hint: String) async throws {
    guard !losses.isEmpty else { return }
    let list = "This would get lost:\n" + losses.map { "  \($0)\n" }.joined()
    try await ask(
      "\(list)\(hint)\nGo on?", withoutTerminal: "Nothing was changed. \(list)\(hint)")
  }
}
