internal import GRDB
internal import GRDBSQLite
internal import LatchkeyCore
import Synchronization

/// Sees whether anybody, in this process or another, has committed anything to the database, without
/// asking SQLite: that would be two calls of the system for each request.
///
/// In WAL mode the connections of all processes share a piece of memory, the wal-index. Its head is
/// written anew by each commit, in two copies, before the commit returns; by comparing it each
/// connection knows whether what it remembers is still good (sqlite.org/walformat.html, section 2).
/// This reads the same head by the same rules. It belongs to one user at a time.
final class CommitWatch {
  /// What the head was at one moment. Equal marks: nothing was committed in between.
  struct Mark: Equatable {
    /// One copy of the head is 48 bytes.
    fileprivate typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    private let words: Words

    fileprivate init(_ words: Words) { self.words = words }

    /// Whether it is a head of the version that is known here, initialized, and of a log in which
    /// something was committed: after a recovery without anything all heads are alike.
    fileprivate var isMeaningful: Bool {
      withUnsafeBytes(of: words) { bytes in
        bytes.load(as: UInt32.self) == 3_007_000 && bytes[12] == 1
          && bytes.load(fromByteOffset: 8, as: UInt32.self) != 0
      }
    }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }
  }

  /// Keeps the memory mapped.
  private let queue: DatabaseQueue
  private let head: UnsafeRawPointer

  /// Nil when the database has no such memory. - Throws: an error of the database.
  init?(path: String) throws {
    // It may be the last of all connections, and then has to tidy up as SQLite does; else it never
    // writes.
    var configuration = Configuration()
    configuration.label = "latchkey.commits"
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA query_only = ON") }
    queue = try DatabaseQueue(path: path, configuration: configuration)
    let mapped = try queue.unsafeRead { db -> UnsafeRawPointer? in
      // The first read opens it.
      _ = try Int64.fetchOne(db, sql: "SELECT count FROM revocation")
      return Self.walIndex(of: db)
    }
    guard let mapped else { return nil }
    head = mapped
  }

  private static func walIndex(of db: Database) -> UnsafeRawPointer? {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = sqlite3_file_control(
      db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &file)
    // The second version of the methods has shared memory.
    guard code == SQLITE_OK, let file, let methods = file.pointee.pMethods,
      methods.pointee.iVersion >= 2, let map = methods.pointee.xShmMap
    else { return nil }
    var memory: UnsafeMutableRawPointer?
    guard map(file, 0, 32768, 0, &memory) == SQLITE_OK else { return nil }
    return memory.map { UnsafeRawPointer($0) }
  }

  /// Nil while a commit is being written, or the wal-index is being rebuilt.
  var mark: Mark? {
    // A writer writes the second copy first. So whoever reads the first copy first, and finds both
    // alike, has read one that was whole.
    let first = Mark(head.load(as: Mark.Words.self))
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    let second = Mark(head.load(fromByteOffset: 48, as: Mark.Words.self))
    return first == second && first.isMeaningful ? first : nil
  }
}
