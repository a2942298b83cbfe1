import HTTPTypes
import Hummingbird

/// Refuses every request that changes something unless it comes from this site's own pages.
///
/// Browsers say where a request comes from, in headers that no script can forge: `Sec-Fetch-Site`
/// (Fetch Metadata) and `Origin`. Each that is present must speak for us, and at least one must
/// be present: a request that says nothing is refused, too (ASVS 3.5.1, fail closed). `SameSite`
/// on the cookie is the second fence.
struct CrossOriginCheck: Sendable {
  let origin: Origin?

  func check(_ request: Request) throws(CrossOriginRefusal) {
    switch request.method {
    case .get, .head, .options: break
    default: try checkSource(of: request)
    }
  }

  private func checkSource(of request: Request) throws(CrossOriginRefusal) {
    let site = request.headers[fetchSite]
    let source = request.headers[.origin]
    guard site != nil || source != nil else { throw .unknown(expected: expected(request)) }
    // `none`: the person did it (a reload, a bookmark), not a page.
    if let site, site != "same-origin", site != "none" { throw .foreign }
    if let source, source != expected(request) { throw .foreign }
  }

  /// In development any port and any name of this machine will do, but only those: a foreign name
  /// that resolves to this machine (DNS rebinding) is not us.
  private func expected(_ request: Request) -> String? {
    if let origin { return origin.description }
    guard let authority = request.head.authority,
      let (host, _) = Origin.split(authority.lowercased()), Origin.isLoopback(host: host)
    else { return nil }
    return Origin("http://\(authority)")?.description
  }
}

private let fetchSite: HTTPField.Name = {
  guard let name = HTTPField.Name("Sec-Fetch-Site") else { preconditionFailure() }
  return name
}()

enum CrossOriginRefusal: Error, Hashable {
  case foreign
  case unknown(expected: String?)

  var message: String {
    switch self {
    case .foreign:
      "This form was sent from another site, so nothing was changed. "
        + "Open the page on this site and try again."
    case .unknown(let expected):
      "The request does not say which site it comes from, so nothing was changed. "
        + "Use a current browser"
        + (expected.map { ", or send the header Origin: \($0)." } ?? ".")
    }
  }
}
