import LatchkeyCore

/// What the middleware and the pages share.
final class WebAuth: Sendable {
  let auth: LocalAuth
  let site: Site
  let cookies: SiteCookies
  let crossOriginCheck: CrossOriginCheck
  let templates: Templates
  let assets: Assets
  let live: LiveChannel
  let shells = PageShells()
  /// What stands in each page's title behind its own.
  let titleEnd: String

  init(auth: LocalAuth, site: Site) throws {
    try site.routes.check()
    let isLocal = site.origin.map { Origin.isLoopback(host: $0.host) } ?? true
    guard auth.configuration.throttling.isOn || isLocal else { throw UnthrottledDeploymentError() }
    // The site's name is the first thing that a guesser tries.
    self.auth = auth.refusingPasswords(consistingOf: site.name)
    self.site = site
    live = LiveChannel(auth: auth)
    titleEnd = " · \(site.name)"
    cookies = SiteCookies(isSecure: site.isSecure)
    crossOriginCheck = CrossOriginCheck(origin: site.origin)
    templates = try Templates(site: site)
    assets = Assets(folder: site.routes.assets)
  }
}
