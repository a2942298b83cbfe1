import LatchkeyCore
import Synchronization

/// Files that must not stay half-written when somebody ends the program: they hold password hashes.
final class MadeFiles: Sendable {
  private let files = Mutex<[NewFile]>([])

  /// Whoever ends the program in this moment waits until the file is noted.
  func make(_ file: () throws -> NewFile) throws -> NewFile {
    try files.withLock { files in
      let file = try file()
      files.append(file)
      return file
    }
  }

  func discard() {
    files.withLock { files in
      for file in files { file.discard() }
    }
  }
}
