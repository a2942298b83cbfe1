#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An IPv4 or IPv6 address. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4
/// address.
public struct IPAddress: Hashable, Sendable {
  /// 4 or 16, in network order.
  public let bytes: [UInt8]

  /// Nil unless the text is one address in its usual form, without a port and without a zone.
  public init?(_ text: some StringProtocol) {
    var storage = [UInt8](repeating: 0, count: 16)
    let text = String(text)
    guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
    if inet_pton(AF_INET, text, &storage) == 1 {
      bytes = Array(storage[..<4])
    } else if inet_pton(AF_INET6, text, &storage) == 1 {
      let isMapped = storage[..<10].allSatisfy { $0 == 0 } && storage[10...11] == [255, 255]
      bytes = isMapped ? Array(storage[12...]) : storage
    } else {
      return nil
    }
  }

  /// The network that one client has to itself: an IPv4 address alone, and of IPv6 the /64, inside
  /// of which every home may choose addresses freely.
  public var clientNetwork: String {
    bytes.count == 4 ? description : "\(Self.groups(bytes.prefix(8)))::/64"
  }

  /// Roughly where, for the owner of a session to recognise: `192.0.2.x`, `2001:db8:7::/48`.
  public var place: String {
    bytes.count == 4
      ? bytes.prefix(3).map(String.init).joined(separator: ".") + ".x"
      : "\(Self.groups(bytes.prefix(6)))::/48"
  }

  private static func groups(_ bytes: ArraySlice<UInt8>) -> String {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
      String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
    }.joined(separator: ":")
  }
}

extension IPAddress: CustomStringConvertible {
  /// `192.0.2.1`, or all eight groups without leading zeros: `2001:db8:0:0:0:0:0:1`.
  public var description: String {
    bytes.count == 4
      ? bytes.map(String.init).joined(separator: ".") : Self.groups(bytes[...])
  }
}

/// Addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct IPRange: Hashable, Sendable {
  private let start: IPAddress
  private let bitCount: Int

  /// Nil for anything else, also for bits behind the slash that the address does not have.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let start = IPAddress(parts[0]) else { return nil }
    var bitCount = start.bytes.count * 8
    if parts.count == 2 {
      guard let given = Int(parts[1]), String(given) == parts[1], (0...bitCount).contains(given)
      else { return nil }
      bitCount = given
    }
    self.start = start
    self.bitCount = bitCount
  }

  public func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == start.bytes.count else { return false }
    let (whole, rest) = bitCount.quotientAndRemainder(dividingBy: 8)
    guard address.bytes.prefix(whole) == start.bytes.prefix(whole) else { return false }
    return rest == 0 || (address.bytes[whole] ^ start.bytes[whole]) >> (8 - UInt8(rest)) == 0
  }
}
