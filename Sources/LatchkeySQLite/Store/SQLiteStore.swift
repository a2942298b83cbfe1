public import GRDB
public import LatchkeyCore
internal import Logging

/// The embedded store: one SQLite file in WAL mode, shared by the server, the command line and
/// the app's own tables.
///
/// ```swift
/// let store = try await SQLiteStore(path: path)
/// let auth = try await LocalAuth(.opened(store))
/// ```
public struct SQLiteStore: Store {
  /// For the app's own tables. An account is referred to as
  /// `account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE`.
  public let pool: DatabasePool
  let sessionCache: SessionCache
  let watches = Watches()

  /// Opens the file and brings the schema up to date.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - creating: whether to make the file when it is missing.
  ///   - clock: for when steps of the schema were taken.
  /// - Throws: `StoreUnavailableError` with a reason for the operator; `StoreIsNewerError`.
  public init(path: String, creating: Bool = true, clock: WallClock = .system) async throws {
    pool = try await Self.open(path, creating: creating, at: clock.now)
    sessionCache = SessionCache(path: path)
  }
}

extension StoreSource {
  /// An SQLite file, made when it is missing unless `creating` is false.
  public static func sqlite(_ path: String, creating: Bool = true) -> Self {
    Self { _ in try await SQLiteStore(path: path, creating: creating) }
  }
}
