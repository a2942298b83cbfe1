import HTTPTypes
import Hummingbird

/// Remembers which methods each path has, so that the others can be answered with 405 and `Allow`
/// (RFC 9110, section 15.5.6). Hummingbird answers them with 404.
final class RecordedRoutes {
  private var methods: [String: (path: RouterPath, methods: [HTTPRequest.Method])] = [:]

  private var answered: Set<String> = []

  private static let known: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .patch, .delete, .options, .trace,
  ]

  /// - Precondition: the route is not there yet, and ``addMethodNotAllowed(to:)`` has not been
  ///   called for its path.
  func add(_ path: RouterPath, _ method: HTTPRequest.Method) {
    let key = path.description
    precondition(
      !answered.contains(key), "The route \(method) \(key) was added after the router was used.")
    var entry = methods[key] ?? (path, [])
    precondition(
      !entry.methods.contains(method),
      """
      There are two routes for \(method) \(key). If one of them is Latchkey's own page, choose \
      another path for it in Site.routes.
      """)
    entry.methods.append(method)
    methods[key] = entry
  }

  /// Adds the 405 answers for all that was recorded since the last call.
  func addMethodNotAllowed<Context: RequestContext>(to router: Router<Context>) {
    for (key, (path, present)) in methods where answered.insert(key).inserted {
      let allowed = present.contains(.get) && !present.contains(.head) ? present + [.head] : present
      let allow = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      for method in Self.known where !allowed.contains(method) {
        router.on(path, method: method) { _, _ -> Response in
          throw HTTPError(.methodNotAllowed, headers: [.allow: allow])
        }
      }
    }
  }
}
