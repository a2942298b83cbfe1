import Foundation
internal import GRDB
internal import GRDBSQLite
internal import LatchkeyCore

enum DatabaseFile {
  /// - Throws: `StoreUnavailableError`.
  static func checkName(_ path: String) throws {
    // Not repeated: a password may stand in it.
    guard !path.contains("://") else {
      throw StoreUnavailableError(
        reason: "SQLite's database needs the name of a file, such as app.db, and not a URL.")
    }
    // To SQLite the first two mean a database that each connection has for itself, the third a URI,
    // whose file is another than the one that is looked at here.
    guard !path.isEmpty, !path.contains(":memory:"), !path.lowercased().hasPrefix("file:") else {
      throw StoreUnavailableError(
        reason: "The database needs the name of a file, such as app.db, and not \"\(path)\".")
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether there is anything in it. To SQLite an empty file is a database without tables; to us
  /// it is one that was never made.
  static func holdsAny(_ path: String) -> Bool {
    [path, path + "-wal"].contains { size($0) > 0 }
  }

  /// SQLite goes on writing to a file that was deleted, or that another has replaced, and with the
  /// process all of that would be gone.
  ///
  /// - Throws: `StoreUnavailableError`.
  static func checkPlace(_ db: Database) throws {
    var hasMoved: CInt = 0
    let code = sqlite3_file_control(
      db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    guard code == SQLITE_OK, hasMoved == 0 else {
      throw StoreUnavailableError(
        reason: "The database file was deleted or replaced while it was in use. Start again.")
    }
  }

  private static func size(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Creates the file, if it is missing, for this user alone. It will hold password hashes, and
  /// SQLite would let every user of the machine read it; the `-wal` and `-shm` files beside it
  /// get the same rights.
  ///
  /// The file is made under another name and linked into place. It must not be opened and closed
  /// under its own: POSIX drops a process's locks on a file when any descriptor of it is closed,
  /// and with SQLite's locks goes its protection (sqlite.org/howtocorrupt.html, section 2.2).
  ///
  /// What cannot be created here, SQLite cannot open either, and says why.
  static func createPrivately(_ path: String) {
    guard !exists(path) else {
      if !holdsAny(path) { chmod(path, 0o600) }
      return
    }
    // mkstemp gives the owner alone the right to read and write.
    var name = (path + ".new-XXXXXX").utf8CString.map { $0 }
    let file = mkstemp(&name)
    guard file >= 0 else { return }
    close(file)
    link(name, path)
    unlink(name)
  }

  /// The database, its neighbours and its folder, as far as others than the owner may do with them
  /// what they should not: read the files, write to the folder.
  static func exposed(of path: String) -> [String] {
    let files = ["", "-wal", "-shm"].map { path + $0 }.filter { mode($0) & 0o077 != 0 }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    // Of a folder like /tmp others may not take files away: the sticky bit.
    let isOpen = mode(folder) & 0o022 != 0 && mode(folder) & 0o1000 == 0
    return files + (isOpen ? [folder] : [])
  }

  private static func mode(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
  }

  static func freeBytes(at path: String) -> Int64? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
  }
}
