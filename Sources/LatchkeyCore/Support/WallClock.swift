import Foundation

/// Where the flows read the time. Tests pass a clock that they move by hand.
public struct WallClock: Sendable {
  private let read: @Sendable () -> Timestamp

  public init(_ read: @escaping @Sendable () -> Timestamp) {
    self.read = read
  }

  public var now: Timestamp { read() }

  /// The machine's clock.
  public static let system = WallClock {
    Timestamp(millisecondsSinceEpoch: Int64(Date.now.timeIntervalSince1970 * 1000))
  }
}
