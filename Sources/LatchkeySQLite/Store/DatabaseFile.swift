import Foundation

enum DatabaseFile {
  /// Creates the file, if it is missing, for this user alone. It will hold password hashes, and
  /// SQLite would let every user of the machine read it; the `-wal` and `-shm` files beside it
  /// get the same rights.
  ///
  /// What cannot be created here, SQLite cannot open either, and says why.
  static func createPrivately(_ path: String) {
    let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
  }
}
