import Foundation
import Latchkey

/// The file of what an import has left out: a line for each, as `import jsonl` reads it, with where it stood and
/// what was wrong with it. It holds password hashes.
struct SkippedAccounts {
  private struct Line: Encodable {
    let origin: String
    let problem: String
    var username: String?
    var hash: String?
    var enabled: Bool?
    var created: String?
    var imported: Bool?
  }

  private let file: FileHandle
  private let path: String

  /// - Throws: ``CommandFailure`` when it cannot be made, or is there already.
  init(newFile path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(
        "Cannot make the new file \(TerminalText(path)): \(String(cString: strerror(errno))). "
          + "Nothing was imported.")
    }
    self.path = path
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Nothing was imported, so nothing was skipped: the next attempt may have the name.
  func discard() {
    unlink(path)
  }

  /// - Throws: ``CommandFailure``.
  func write(_ report: ImportReport) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = Data()
    func add(_ line: Line) throws {
      data += try encoder.encode(line)
      data.append(UInt8(ascii: "\n"))
    }
    for line in report.unreadable {
      try add(Line(origin: line.origin, problem: line.reason))
    }
    for line in report.lines where line.outcome.isRefusal {
      try add(
        Line(
          origin: line.source.origin, problem: ImportRecord.Line(line).message,
          username: line.source.username, hash: line.source.hash?.text,
          enabled: line.source.isEnabled, created: line.source.createdAt?.precise,
          imported: line.source.isHashOfReceivedBytes))
    }
    do {
      try file.write(contentsOf: data)
      try file.synchronize()
    } catch {
      throw CommandFailure(
        "The accounts are imported, but those that were skipped could not be written to "
          + "\(TerminalText(path)): \(error.localizedDescription) Import again with another file.")
    }
  }
}
