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

    init(_ routes: Routes) {
      home = routes.home
      login = routes.login
      register = routes.register
      logout = routes.logout
      colorMode = routes.colorMode
      sessions = routes.sessions
      password = routes.password
      confirm = routes.confirm
      live = routes.live
      recover = routes.recover
    }
  }

  /// - Parameter next: where a login that begins on this page leads, if not home.
  init(
    _ title: String, _ web: WebAuth, request: Request, auth: RequestAuth, next: LocalPath? = nil
  ) {
    let routes = web.site.routes
    self.title = title + web.titleEnd
    siteName = web.site.name
    colorMode = web.cookies.colorMode(in: request.headers)?.rawValue
    stylesheet = web.assets.stylesheet.path
    script = web.assets.script.path
    icon = web.assets.icon.path
    username = auth.account?.username
    session = auth.session?.id.rawValue
    isPrivate = auth.isPrivate
    notice = Notice(request)?.message
    here = request.localPath?.description ?? routes.home
    paths = Paths(routes)
    paths.live = LocalPath.link(routes.live, [("session", session)])
    loginLink = LocalPath.link(routes.login, [("next", next?.description)])
    registerLink = LocalPath.link(routes.register, [("next", next?.description)])
  }
}

extension PageFrame {
  /// What differs from request to request and is no mere text.
  struct Shape: Hashable {
    let colorMode: String?
    let notice: String?
    let isPrivate: Bool
    let isMember: Bool
  }

  var shape: Shape {
    Shape(colorMode: colorMode, notice: notice, isPrivate: isPrivate, isMember: username != nil)
  }

  /// What else differs. Nobody is logged in: two are nil.
  var texts: [String?] {
    [title, here, paths.live, loginLink, registerLink, username, session]
  }

  /// - Parameter texts: as many as ``texts``. Those that are nil stay so.
  func with(texts: [String]) -> PageFrame {
    var frame = self
    frame.title = texts[0]
    frame.here = texts[1]
    frame.paths.live = texts[2]
    frame.loginLink = texts[3]
    frame.registerLink = texts[4]
    frame.username = username.map { _ in texts[5] }
    frame.session = session.map { _ in texts[6] }
    return frame
  }
}

/// What a template is rendered with.
struct PageValues<View> {
  let page: PageFrame
  let view: View
}
