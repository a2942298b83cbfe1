import Foundation

/// A file that is there whole or not at all, for its owner alone (mode 0600), and that never takes the place
/// of another.
package struct NewFile: Sendable {
  package let path: String
  /// Where it is written until it is whole: in a folder of its own, for its owner alone.
  package let temporary: String
  private let folder: String

  /// - Throws: ``NewFileError`` when there is something of that name, or nothing can be written beside it.
  package init(_ path: String) throws(NewFileError) {
    var status = stat()
    guard lstat(path, &status) != 0 else {
      throw NewFileError(path: path, reason: "there is one of that name. Choose another")
    }
    try self.init(beside: path)
  }

  /// For a while only: it gets no name of its own.
  /// - Throws: ``NewFileError`` when nothing can be written beside that file.
  package init(beside path: String) throws(NewFileError) {
    var name = (path + ".XXXXXX").utf8CString.map { $0 }
    guard mkdtemp(&name) != nil else { throw NewFileError(path: path) }
    self.path = path
    folder = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    temporary = folder + "/new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let error = NewFileError(path: path)
      rmdir(folder)
      throw error
    }
    close(descriptor)
  }

  /// Does what writes it. If that fails, nothing of it stays.
  package func writing<Value>(_ write: () async throws -> Value) async throws -> Value {
    do {
      return try await write()
    } catch {
      discard()
      throw error
    }
  }

  /// It is whole: from now on it has its name, also after a loss of power.
  /// - Throws: ``NewFileError``; then it is gone.
  package func publish() throws(NewFileError) {
    defer { discard() }
    guard Self.synchronize(temporary), link(temporary, path) == 0 else {
      throw NewFileError(path: path)
    }
    // Not every file system can; the file has its name in any case.
    _ = Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// With what SQLite may have put beside it. Once the folder is gone nobody makes them again.
  package func discard() {
    for _ in 0..<100 {
      for suffix in ["", "-journal", "-wal", "-shm"] { unlink(temporary + suffix) }
      if rmdir(folder) == 0 || errno == ENOENT { return }
    }
  }

  private static func synchronize(_ name: String) -> Bool {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
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
