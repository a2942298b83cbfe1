import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The login form and the door to the login flow.
struct LoginPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  private static var fields: Set<String> { ["username", "password", "next"] }

  func show(_ request: Request, _ context: Context) throws -> Response {
    let query = request.queryFields(["next", "username"])
    let next = LocalPath(query["next"])
    if context.auth.isLoggedIn { return .redirect(to: destination(next)) }
    var form = FormView(action: web.site.routes.login, next: next)
    // Comes from the registration page. Only a real name is shown, not any text of a link's.
    form.username.value = (try? Username(query["username"]))?.text ?? ""
    form.username.focus = form.username.value.isEmpty
    form.password.focus = !form.username.value.isEmpty
    return try page(form, next, request, context)
  }

  func submit(_ request: Request, _ context: Context) async throws -> Response {
    let fields = try await FormFields.read(Self.fields, from: request)
    let next = LocalPath(fields["next"])
    let outcome = try await context.flows.login(
      username: fields["username"], password: Password(fields["password"]),
      device: context.auth.device, replacing: context.auth.allTokens)
    switch outcome {
    case .loggedIn(let started):
      var response = try welcome(
        started.guesses == nil ? destination(next) : guessed(next), request)
      web.cookies.set(started, on: &response)
      return response
    case .disabled:
      return try refuse("This account is disabled.", fields, next, request, context)
    case .refused:
      return try refuse(
        "There was a problem logging in, please try again.", fields, next, request, context)
    case .throttled(let wait):
      return try refuse(
        wait.loginMessage, fields, next, request, context, status: .tooManyRequests
      ).retrying(after: wait)
    }
  }

  private func welcome(_ destination: String, _ request: Request) throws -> Response {
    request.prefersJSON
      ? try JSONReply(location: destination).response() : .redirect(to: destination)
  }

  /// Strangers have guessed at the account so often that none may any more: its owner is told
  /// first thing, where a new password can be chosen.
  private func guessed(_ next: LocalPath?) -> String {
    LocalPath.link(
      web.site.routes.password,
      [("next", next?.description), ("notice", Notice.guessed.rawValue)])
  }

  private func destination(_ next: LocalPath?) -> String {
    next?.description ?? web.site.routes.home
  }

  /// The name stays, the password goes. 422 for all refusals alike.
  private func refuse(
    _ message: String, _ fields: FormFields, _ next: LocalPath?, _ request: Request,
    _ context: Context, status: HTTPResponse.Status = .unprocessableContent
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(
        message: message, field: "password", invalid: ["username", "password"],
        clear: ["password"]
      ).response(status: status)
    }
    var form = FormView(action: web.site.routes.login, next: next)
    form.alert = message
    form.username.value = fields["username"]
    form.username.invalid = true
    form.password.invalid = true
    form.password.focus = true
    return try page(form, next, request, context, status: status)
  }

  private func page(
    _ form: FormView, _ next: LocalPath?, _ request: Request, _ context: Context,
    status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let frame = PageFrame("Log in", web, request: request, auth: context.auth, next: next)
    return try web.page("login", frame, form, status: status)
  }
}
