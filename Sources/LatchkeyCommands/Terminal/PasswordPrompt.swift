import Foundation
import LatchkeyCore

/// Reads a password: at a terminal from a prompt that does not echo, otherwise the first line of
/// standard input. Never from an argument, where every user of the machine could read it.
enum PasswordPrompt {
  /// - Parameter confirming: ask a second time at a terminal.
  /// - Throws: ``CommandFailure``.
  static func read(confirming: Bool) async throws -> Password {
    try await StandardInput.waiting {
      guard StandardInput.isTerminal else { return Password(try line()) }
      let first = try ask("Password: ")
      if confirming {
        guard try ask("Again: ") == first else { throw CommandFailure("Passwords do not match.") }
      }
      return Password(first)
    }
  }

  private static func ask(_ prompt: String) throws -> String {
    let terminal = try SilentTerminal()
    defer { terminal.restore() }
    StandardInput.ask(prompt)
    return try line()
  }

  /// One line without its end, as it is: a password that is not UTF-8 is refused, not repaired.
  private static func line() throws -> String {
    var bytes: [UInt8] = []
    while bytes.count <= Password.maximumBytes + 2 {
      guard let next = try FileHandle.standardInput.read(upToCount: 1)?.first else { break }
      if next == UInt8(ascii: "\n") { break }
      bytes.append(next)
    }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard bytes.count <= Password.maximumBytes else {
      throw CommandFailure("The password is longer than \(Password.maximumBytes) bytes.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("The password is not valid UTF-8.")
    }
    return text
  }
}
