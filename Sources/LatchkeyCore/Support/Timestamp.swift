import Foundation

/// A moment, in whole milliseconds since 1970-01-01 00:00 UTC.
///
/// Stores keep it as an integer in a column whose name ends in `_ms`, so no text format and no
/// time zone can be misread.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
  public let millisecondsSinceEpoch: Int64

  public init(millisecondsSinceEpoch: Int64) {
    self.millisecondsSinceEpoch = millisecondsSinceEpoch
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }

  /// The moment that lies `duration` later. Sub-millisecond parts are dropped; a result that
  /// does not fit is the latest moment there is.
  public static func + (moment: Self, duration: Duration) -> Self {
    let (sum, overflow) = moment.millisecondsSinceEpoch.addingReportingOverflow(
      duration.wholeMilliseconds)
    return Self(millisecondsSinceEpoch: overflow ? .max : sum)
  }

  public static func - (moment: Self, duration: Duration) -> Self {
    let (difference, overflow) = moment.millisecondsSinceEpoch.subtractingReportingOverflow(
      duration.wholeMilliseconds)
    return Self(millisecondsSinceEpoch: overflow ? .min : difference)
  }
}

extension Timestamp {
  /// How many milliseconds it lies behind the other one; a number that does not fit is the nearest
  /// that does.
  package func milliseconds(since other: Timestamp) -> Int64 {
    let (difference, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(
      other.millisecondsSinceEpoch)
    return overflow ? (self < other ? .min : .max) : difference
  }
}

extension Timestamp: CustomStringConvertible {
  /// ISO 8601 in UTC, to the second: `2026-11-23T09:30:00Z`.
  public var description: String {
    Date(timeIntervalSince1970: Double(millisecondsSinceEpoch) / 1000)
      .formatted(.iso8601)
  }
}

extension Timestamp {
  /// RFC 3339 in UTC, to the millisecond: `2026-11-23T09:30:00.250Z`.
  package var precise: String {
    let fraction = (millisecondsSinceEpoch % 1000 + 1000) % 1000
    let second = self - .milliseconds(fraction)
    return "\(second.description.dropLast()).\("\(1000 + fraction)".dropFirst())Z"
  }
}

extension Duration {
  /// Saturates at what an `Int64` holds.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
  }
}
