import Latchkey

/// The two pages of the seed's app: one that everybody may read and one that needs a login.
enum HomePages {
  static let templates = [
    "home": String(decoding: PackageResources.home_mustache, as: UTF8.self),
    "protected": String(decoding: PackageResources.protected_mustache, as: UTF8.self),
  ]

  static func add(to router: AuthRouter) {
    router.open.get("/") { request, context in
      try context.page("home", title: "Home", for: request)
    }
    router.get("/protected") { request, context in
      try context.page("protected", title: "Protected page", for: request)
    }
  }
}
