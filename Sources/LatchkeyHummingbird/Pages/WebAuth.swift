import LatchkeyCore

/// What the middleware and the pages share.
struct WebAuth: Sendable {
  let auth: LocalAuth
  let site: Site
  let cookies: SiteCookies
  let templates: Templates
  let assets: Assets
  let live: LiveChannel

  init(auth: LocalAuth, site: Site) throws {
    try site.routes.check()
    let isLocal = site.origin.map { Origin.isLoopback(host: $0.host) } ?? true
    guard auth.configuration.throttling.isOn || isLocal else { throw UnthrottledDeploymentError() }
    // The site's name is the first thing that a guesser tries.
    self.auth = auth.refusingPasswords(consistingOf: site.name)
    self.site = site
    live = LiveChannel(auth: auth)
    cookies = SiteCookies(isSecure: site.isSecure)
    templates = try Templates(site: site)
    assets = Assets(folder: site.routes.assets)
  }
}
