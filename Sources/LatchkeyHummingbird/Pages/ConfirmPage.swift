import HTTPTypes
import Hummingbird
import LatchkeyCore

/// Asks for the password again before a sensitive step, and leads back to it.
struct ConfirmPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func show(_ request: Request, _ context: Authenticated<Context>) throws -> Response {
    var form = FormView(
      action: web.site.routes.confirm, next: LocalPath(request.queryFields(["next"])["next"]))
    form.password.focus = true
    return try page(form, request, context)
  }

  func submit(_ request: Request, _ context: Authenticated<Context>) async throws -> Response {
    let fields = try await FormFields.read(["password", "next"], from: request)
    let next = LocalPath(fields["next"])
    let flows = try context.flows
    let outcome = try await flows.reauthenticate(
      LiveSession(session: context.session, account: context.account),
      password: Password(fields["password"]), device: context.auth.device)
    switch outcome {
    case .proven(let renewed):
      let location = next?.description ?? web.site.routes.sessions
      var response =
        request.prefersJSON
        ? try JSONReply(location: location).response() : .redirect(to: location)
      web.cookies.set(renewed, of: context.session, at: flows.clock.now, on: &response)
      return response
    case .refused:
      return try refuse(
        "The password is not right, please try again.", .unprocessableContent, next, request,
        context)
    case .throttled(let wait):
      return try refuse(wait.message, .tooManyRequests, next, request, context)
        .retrying(after: wait)
    }
  }

  private func refuse(
    _ message: String, _ status: HTTPResponse.Status, _ next: LocalPath?, _ request: Request,
    _ context: Authenticated<Context>
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(message: message, field: "password", clear: ["password"])
        .response(status: status)
    }
    var form = FormView(action: web.site.routes.confirm, next: next)
    form.alert = message
    form.password = FormView.Field(value: "", invalid: true, focus: true)
    return try page(form, request, context, status: status)
  }

  private func page(
    _ form: FormView, _ request: Request, _ context: Authenticated<Context>,
    status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let frame = PageFrame("Confirm that it is you", web, request: request, auth: context.auth)
    return try web.page("confirm", frame, form, status: status)
  }
}
