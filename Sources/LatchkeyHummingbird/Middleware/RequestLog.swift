import Hummingbird
import Logging

/// One line for each request: method, path, status and duration. The query is left out (it is
/// the visitor's), and so are all headers. The logger carries the request's ID.
struct RequestLog<Context: RequestContext>: RouterMiddleware {
  /// Where a load balancer asks every second or so: what is well there is logged for debugging only.
  let health: String

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let isFailure = response.status.code >= 500
    guard isFailure || context.logger.logLevel <= .info else { return response }
    let duration = ContinuousClock.now - start
    let usual: Logger.Level = request.uri.path == health ? .debug : .info
    context.logger.log(
      level: isFailure ? .error : usual, "request",
      metadata: [
        "method": "\(request.method)", "path": "\(request.uri.path)",
        "status": "\(response.status.code)",
        "ms":
          "\(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)",
      ])
    return response
  }
}
