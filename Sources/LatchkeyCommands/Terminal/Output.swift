import Foundation
import LatchkeyCore

/// Writes results to standard output.
package enum Output {
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    // JSON itself escapes only the controls below U+0020, and a terminal acts on others, too.
    try line(TerminalText.escapingJSON(text))
  }

  /// One object on one line, for streams.
  static func jsonLine(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try line(TerminalText.escapingJSON(String(decoding: encoder.encode(value), as: UTF8.self)))
  }

  /// - Throws: ``CommandFailure`` when the output cannot be written (a full disk, a closed pipe).
  package static func line(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      throw CommandFailure("The output cannot be written: \(error.localizedDescription)")
    }
  }

  /// Writes a file that is there whole or not at all.
  /// - Throws: ``CommandFailure`` when there is one of that name already, or it cannot be written; and what
  ///   `write` throws.
  static func newFile<Value>(
    _ path: String, _ write: (NewFile) async throws -> Value
  ) async throws -> Value {
    do {
      let made = MadeFiles()
      let interruption = Interruption { made.discard() }
      defer { interruption.end() }
      let file = try made.make { try NewFile(path) }
      let value = try await file.writing { try await write(file) }
      try file.publish()
      return value
    } catch let error as NewFileError {
      throw CommandFailure("Cannot write \(TerminalText(error.path)): \(error.reason).")
    }
  }

  /// Columns as wide as their widest cell. Cells hold no line breaks (``TerminalText``).
  static func table(_ header: [String], _ rows: [[String]]) throws {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    for row in all {
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      try line(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
    }
  }
}

extension Int {
  /// `1 session`, `2 sessions`.
  func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
