import LatchkeyCore

/// What the middleware and the pages share.
struct WebAuth: Sendable {
  let auth: LocalAuth
  let site: Site
  let cookies: SiteCookies
  let templates: Templates
  let assets: Assets

  init(auth: LocalAuth, site: Site) throws {
    try site.routes.check()
    self.auth = auth
    self.site = site
    cookies = SiteCookies(isSecure: site.isSecure)
    templates = try Templates(site: site)
    assets = Assets(folder: site.routes.assets)
  }
}
