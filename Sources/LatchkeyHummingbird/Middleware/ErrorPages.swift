import HTTPTypes
import Hummingbird
import LatchkeyCore
import Logging

/// Turns every error into an answer in the site's own look, or into JSON for a client that asks
/// for it.
struct ErrorPages: Sendable {
  let web: WebAuth

  func answer(
    to request: Request, _ context: some AuthRequestContext, _ error: any Error
  ) throws -> Response {
    if let error = error as? any HTTPResponseError, !(error is HTTPError) {
      // It knows its own answer: ours (LoginRequired), or one of the app's.
      return try error.response(from: request, context: context)
    }
    var failure = Failure(error)
    let routes = web.site.routes
    if error is StoreUnavailableError, request.method == .post,
      [routes.logout, routes.sessions].contains(request.uri.path)
    {
      failure.detail += " Nothing was ended: you are still logged in."
    }
    return try answer(failure, request, context, error)
  }

  private func answer(
    _ failure: Failure, _ request: Request, _ context: some AuthRequestContext, _ error: any Error
  ) throws -> Response {
    if failure.status.code >= 500 {
      context.logger.error("request failed", metadata: ["error": "\(error)"])
    }
    var response: Response
    if request.prefersJSON {
      response = try JSONReply(message: failure.detail).response(status: failure.status)
    } else {
      let view = ErrorView(
        status: Int(failure.status.code), heading: failure.heading, detail: failure.detail,
        again: failure.status == .serviceUnavailable ? wayBack(to: request) : nil,
        requestID: context.id)
      let title = "\(failure.status.code) - \(failure.heading)"
      // Who is logged in may be what just could not be found out: the page does without.
      let frame = PageFrame(title, web, request: request, auth: RequestAuth(peer: nil))
      response = try web.page("error", frame, view, status: failure.status)
    }
    response.headers.append(contentsOf: failure.headers)
    return response
  }

  /// The page that could not be shown, or the form that could not be taken. What an app takes by POST
  /// may have no page.
  private func wayBack(to request: Request) -> String? {
    let hasPage =
      [.get, .head].contains(request.method)
      || web.site.routes.forms.contains(request.uri.path)
    return hasPage ? LocalPath(request.uri.string)?.description : nil
  }
}

struct ErrorView {
  var status: Int
  var heading: String
  var detail: String
  /// Where to try again; nil when that would lead nowhere.
  var again: String?
  var requestID: String
}

/// What a person is told about an error: the message of an `HTTPError`, which the app chose to show,
/// or words of ours. Causes are for the log only (ASVS 16.5.1).
private struct Failure {
  var status: HTTPResponse.Status
  var heading: String
  var detail: String
  var headers: HTTPFields = [:]

  init(_ error: any Error) {
    switch error {
    case let error as FormProblem:
      self.init(error.status, error.message)
    case let error as CrossOriginRefusal:
      self.init(.forbidden, error.message)
    case let error as HashingLanes.Busy:
      self.init(
        .serviceUnavailable, "Many people are logging in right now. Try again in a few seconds.")
      headers[.retryAfter] = String(error.retryAfterSeconds)
    case is StoreUnavailableError:
      self.init(
        .serviceUnavailable,
        "The service cannot reach its data right now. Try again in a moment.")
      headers[.retryAfter] = "5"
    case is OutcomeUnknownError:
      self.init(
        .serviceUnavailable,
        "The service did not hear whether this was done: it may have been, or not. Look before you "
          + "try again.")
      headers[.retryAfter] = "5"
    case is ClientHungUp:
      // nginx's number for it, in the log of requests: nobody reads the page.
      self.init(
        HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"),
        "The connection was closed before there was an answer.")
    case is CancellationError:
      self.init(.serviceUnavailable, "The service is stopping. Try again in a moment.")
    case let error as HTTPError:
      self.init(error.status, error.body ?? Self.detail(for: error.status))
      headers = error.headers
    default:
      self.init(.internalServerError, Self.detail(for: .internalServerError))
    }
  }

  private init(_ status: HTTPResponse.Status, _ detail: String) {
    self.status = status
    self.detail = detail
    heading = status == .notFound ? "Not Found" : status.reasonPhrase
  }

  private static func detail(for status: HTTPResponse.Status) -> String {
    switch status {
    case .badRequest: "The request could not be read. Go back and try again."
    case .forbidden: "This is not allowed for you."
    case .notFound: "The page was not found. Check the address, or go back to the start."
    case .methodNotAllowed: "This address does not do that. Go back and try again."
    case .contentTooLarge: FormProblem.tooLarge.message
    case .unsupportedMediaType: FormProblem.unsupportedType.message
    case .serviceUnavailable: "The service is busy. Try again in a moment."
    default:
      status.code < 500
        ? "The request could not be answered. Go back and try again."
        : "Something went wrong on our side. It has been noted; try again in a moment."
    }
  }
}
