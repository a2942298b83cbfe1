public import HTTPTypes
public import Hummingbird

/// Nobody is logged in on a private route. Nothing of the page has been computed or sent.
///
/// A browser is sent to the login page and afterwards back to where it was going; a program gets
/// 401.
public struct LoginRequired: HTTPResponseError {
  let loginPath: String
  /// The browser came with the token of a session that has ended.
  let hadSession: Bool

  public var status: HTTPResponse.Status { .unauthorized }

  public func response(from request: Request, context: some RequestContext) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(message: "Log in first.").response(status: .unauthorized)
    }
    // Only a page that was asked for by GET can be come back to.
    let target = request.method == .get || request.method == .head ? request.localPath : nil
    return .redirect(
      to: LocalPath.link(
        loginPath,
        [
          ("next", target?.description), ("notice", hadSession ? Notice.ended.rawValue : nil),
        ]))
  }
}
