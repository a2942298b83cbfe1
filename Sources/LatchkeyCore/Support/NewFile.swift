import Foundation

/// A file that is there whole or not at all, for its owner alone (mode 0600), and that never takes the place
/// of another.
package struct NewFile: Sendable {
  package let path: String
  /// Where it is written until it is whole.
  package let temporary: String

  /// - Throws: ``NewFileError`` when there is something of that name, or nothing can be written beside it.
  package init(_ path: String) throws(NewFileError) {
    var status = stat()
    guard lstat(path, &status) != 0 else {
      throw NewFileError(path: path, reason: "there is one of that name. Choose another")
    }
    var name = (path + ".XXXXXX").utf8CString.map { $0 }
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw NewFileError(path: path) }
    close(descriptor)
    self.path = path
    temporary = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// It is whole: from now on it has its name, also after a loss of power.
  /// - Throws: ``NewFileError``; then it is gone.
  package func publish() throws(NewFileError) {
    defer { unlink(temporary) }
    try Self.synchronize(temporary, for: path)
    guard link(temporary, path) == 0 else { throw NewFileError(path: path) }
    try Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path, for: path)
  }

  /// The same, in the place of a file, which from now on has another name.
  /// - Throws: ``NewFileError``; then nothing has changed.
  package func publish(replacing path: String, kept: String) throws(NewFileError) {
    defer { unlink(temporary) }
    try Self.synchronize(temporary, for: path)
    guard link(path, kept) == 0 else { throw NewFileError(path: kept) }
    guard rename(temporary, path) == 0 else {
      let error = NewFileError(path: path)
      unlink(kept)
      throw error
    }
    try Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path, for: path)
  }

  package func discard() {
    unlink(temporary)
  }

  private static func synchronize(_ name: String, for path: String) throws(NewFileError) {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw NewFileError(path: path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw NewFileError(path: path) }
  }
}

package struct NewFileError: Error {
  package let path: String
  package let reason: String

  init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// With the reason of the system's last call.
  init(path: String) {
    self.init(path: path, reason: String(cString: strerror(errno)))
  }
}
