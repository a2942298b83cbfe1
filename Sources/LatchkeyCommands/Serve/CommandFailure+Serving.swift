import Foundation
import Latchkey
import NIOCore

extension CommandFailure {
  /// Says what to do about an error that keeps the server from listening, in terms of the command
  /// line; nil for any other error.
  init?(serving error: any Error, hostname: String, port: Int) {
    switch error {
    case is InsecureDeploymentError:
      self.init(
        "Refused to serve other machines over plain http: passwords would be readable on the way. "
          + "Put a proxy with TLS in front and say its address (--origin https://example.org); or, on "
          + "a network that you trust, say the address that browsers open and allow it "
          + "(--origin http://192.0.2.1:3000 --allow-plain-http).")
    case let error as IOError where error.errnoCode == EADDRINUSE:
      self.init("Port \(port) on \(hostname) is in use. Choose another with --port.")
    case let error as IOError where error.errnoCode == EACCES:
      self.init("Port \(port) needs more rights. Choose one above 1023 with --port.")
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      self.init(
        "\(hostname) is not an address of this machine. Choose one with --hostname, such as "
          + "127.0.0.1, or 0.0.0.0 for all.")
    case is SocketAddressError.UnknownHost:
      self.init("There is no host named \(hostname). Choose another with --hostname.")
    default:
      return nil
    }
  }
}
