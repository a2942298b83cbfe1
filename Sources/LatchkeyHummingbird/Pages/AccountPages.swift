import HTTPTypes
import Hummingbird

/// The pages of accounts and their routes.
struct AccountPages<Context: AuthRequestContext> {
  let web: WebAuth

  /// Adds the middleware and the pages, in the one order that is safe.
  ///
  /// - Parameters:
  ///   - outer: every route; all answers get the headers, all errors their page.
  ///   - checked: within `outer`, the routes that need to know who asks and from which site.
  func install(
    outer: some RouterMethods<Context>, checked: some RouterMethods<Context>
  ) {
    _ = outer.add(middleware: Perimeter(web: web))
    // No session is looked up for these: an error page keeps its style when the store is away.
    addFiles(to: outer)
    _ = checked.add(middleware: SessionMiddleware(web: web))
    addPages(to: checked)
  }

  private func addFiles(to router: some RouterMethods<Context>) {
    let health = HealthPage<Context>(web: web)
    router.get(RouterPath(web.site.routes.health)) { try await health.show($0, $1) }
    for asset in web.assets.all {
      router.get(RouterPath(asset.path)) { request, _ in asset.response(to: request) }
    }
  }

  private func addPages(to router: some RouterMethods<Context>) {
    let routes = web.site.routes
    let login = LoginPage<Context>(web: web)
    let register = RegisterPage<Context>(web: web)
    let logout = LogoutPage<Context>(web: web)
    let colorMode = ColorModePage<Context>(web: web)

    router.get(RouterPath(routes.login)) { try login.show($0, $1) }
    router.post(RouterPath(routes.login), use: hashing { try await login.submit($0, $1) })
    router.get(RouterPath(routes.register)) { try register.show($0, $1) }
    router.post(RouterPath(routes.register), use: hashing { try await register.submit($0, $1) })
    router.get(RouterPath(routes.registered)) { try register.showRegistered($0, $1) }
    router.get(RouterPath(routes.logout)) { try logout.ask($0, $1) }
    router.post(RouterPath(routes.logout)) { try await logout.submit($0, $1) }
    router.post(RouterPath(routes.colorMode)) { try await colorMode.submit($0, $1) }

    let recover = RecoverPage<Context>(web: web)
    router.get(RouterPath(routes.recover)) { try recover.show($0, $1) }
    router.post(RouterPath(routes.recover), use: hashing { try await recover.submit($0, $1) })
    let live = LivePage<Context>(web: web)
    router.get(RouterPath(routes.live)) { try live.stream($0, $1) }

    // These need a login: each makes its context private first.
    let sessions = SessionsPage<Context>(web: web)
    router.get(RouterPath(routes.sessions)) { try await sessions.show($0, .init(context: $1)) }
    router.post(RouterPath(routes.sessions)) { try await sessions.submit($0, .init(context: $1)) }
    let password = PasswordPage<Context>(web: web)
    router.get(RouterPath(routes.password)) { try password.show($0, .init(context: $1)) }
    router.post(
      RouterPath(routes.password),
      use: hashing { try await password.submit($0, .init(context: $1)) })
    let confirm = ConfirmPage<Context>(web: web)
    router.get(RouterPath(routes.confirm)) { try confirm.show($0, .init(context: $1)) }
    router.post(
      RouterPath(routes.confirm), use: hashing { try await confirm.submit($0, .init(context: $1)) })
  }

  /// For what hashes a password: when the client hangs up before its turn has come, it is not done.
  private func hashing(
    _ submit: @escaping @Sendable (Request, Context) async throws -> Response
  ) -> @Sendable (Request, Context) async throws -> Response {
    { request, context in
      try await context.auth.whileConnected { try await submit(request, context) }
    }
  }
}
