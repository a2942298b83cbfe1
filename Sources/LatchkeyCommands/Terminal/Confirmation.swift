import Foundation

/// A question before something that cannot be undone.
enum Confirmation {
  /// - Throws: ``CommandFailure`` unless the answer is yes. A script, which has no terminal, is
  ///   not asked.
  static func ask(_ question: String) throws {
    guard isatty(STDIN_FILENO) == 1 else { return }
    FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
    guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
      throw CommandFailure("Nothing was changed.")
    }
  }
}
