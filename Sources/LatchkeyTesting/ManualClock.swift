public import LatchkeyCore
import Synchronization

/// A clock that stands still until it is told to move.
public final class ManualClock: Sendable {
  private let moment: Mutex<Timestamp>

  /// - Parameter start: 2026-01-01 00:00 UTC, if not given.
  public init(start: Timestamp = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)) {
    moment = Mutex(start)
  }

  public var now: Timestamp { moment.withLock { $0 } }

  public func advance(by duration: Duration) {
    moment.withLock { $0 = $0 + duration }
  }

  /// To pass to `LocalAuth(clock:)`.
  public var clock: WallClock { WallClock { self.now } }
}
