import Hummingbird
import LatchkeyCore

/// The values that every template gets as `page`. Typed, because an unknown name in a template
/// renders as nothing without a word.
struct PageFrame {
  var title: String
  var siteName: String
  var colorMode: String?
  var stylesheet: String
  var script: String
  var icon: String
  /// Set when somebody is logged in.
  var username: String?
  /// The public ID of the session, when somebody is logged in.
  var session: String?
  /// Whether the page needs a login: it leaves when the session ends.
  var isPrivate: Bool
  /// Something that has just happened elsewhere.
  var notice: String?
  /// The current page, for coming back to it.
  var here: String
  var paths: Paths
  var loginLink: String
  var registerLink: String

  struct Paths {
    var home: String
    var login: String
    var register: String
    var logout: String
    var colorMode: String
    var sessions: String
    var password: String
    var confirm: String
    var live: String
    var recover: String
  }

  /// - Parameter next: where a login that begins on this page leads, if not home.
  init(
    _ title: String, _ web: WebAuth, request: Request, auth: RequestAuth, next: LocalPath? = nil
  ) {
    let routes = web.site.routes
    self.title = "\(title) · \(web.site.name)"
    siteName = web.site.name
    colorMode = web.cookies.colorMode(in: request)?.rawValue
    stylesheet = web.assets.stylesheet.path
    script = web.assets.script.path
    icon = web.assets.icon.path
    username = auth.account?.username
    session = auth.session?.id.rawValue
    isPrivate = auth.isPrivate
    notice = Notice(request)?.message
    here = request.localPath?.description ?? routes.home
    paths = Paths(
      home: routes.home, login: routes.login, register: routes.register, logout: routes.logout,
      colorMode: routes.colorMode, sessions: routes.sessions, password: routes.password,
      confirm: routes.confirm,
      live: LocalPath.link(routes.live, [("session", auth.session?.id.rawValue)]),
      recover: routes.recover)
    loginLink = LocalPath.link(routes.login, [("next", next?.description)])
    registerLink = LocalPath.link(routes.register, [("next", next?.description)])
  }
}

/// What a template is rendered with.
struct PageValues<View> {
  let page: PageFrame
  let view: View
}
