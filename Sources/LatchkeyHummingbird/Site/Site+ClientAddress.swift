import Foundation
import LatchkeyCore

extension Site {
  /// The address of the client, seen through the configured ``proxies``.
  ///
  /// Each proxy appends the address that it was spoken to from. So the list is read from the right:
  /// as long as an entry is one of our proxies, the one before it was written by that proxy and can
  /// be believed. What stands further left was written by the client itself (ASVS 4.1.3, 15.3.4).
  ///
  /// - Parameters:
  ///   - peer: who is connected to us.
  ///   - forwarded: the values of all `X-Forwarded-For` fields, in order.
  /// - Returns: an address as text; empty when there is none.
  func clientAddress(peer: String?, forwarded: [String]) -> String {
    guard let peer, var address = IPAddress(peer) else { return peer ?? "" }
    var entries = forwarded.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    while proxies.contains(where: { $0.contains(address) }), let entry = entries.popLast() {
      // An entry that is no address was not written by a proxy that we know: stop here.
      guard let next = IPAddress(entry.trimmingCharacters(in: .whitespaces)) else { break }
      address = next
    }
    return address.description
  }
}
