import HTTPTypes
import Hummingbird

/// The pages of accounts and their routes.
struct AccountPages<Context: AuthRequestContext> {
  let web: WebAuth

  func add(to router: some RouterMethods<Context>) {
    let routes = web.site.routes
    let login = LoginPage<Context>(web: web)
    let register = RegisterPage<Context>(web: web)
    let logout = LogoutPage<Context>(web: web)
    let colorMode = ColorModePage<Context>(web: web)
    let health = HealthPage<Context>(web: web)

    router.get(RouterPath(routes.login)) { try login.show($0, $1) }
    router.post(RouterPath(routes.login)) { try await login.submit($0, $1) }
    router.get(RouterPath(routes.register)) { try register.show($0, $1) }
    router.post(RouterPath(routes.register)) { try await register.submit($0, $1) }
    router.get(RouterPath(routes.registered)) { try register.showRegistered($0, $1) }
    router.get(RouterPath(routes.logout)) { try logout.ask($0, $1) }
    router.post(RouterPath(routes.logout)) { try await logout.submit($0, $1) }
    router.post(RouterPath(routes.colorMode)) { try await colorMode.submit($0, $1) }
    router.get(RouterPath(routes.health)) { try await health.show($0, $1) }
    for asset in web.assets.all {
      router.get(RouterPath(asset.path)) { request, _ in asset.response(to: request) }
    }
  }
}
