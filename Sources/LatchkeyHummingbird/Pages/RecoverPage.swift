import HTTPTypes
import Hummingbird
import LatchkeyCore

/// Choosing a new password with a recovery code. GET only shows the form, and no code ever stands
/// in an address.
struct RecoverPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  private static var fields: Set<String> { ["username", "code", "password", "confirm_password"] }

  func show(_ request: Request, _ context: Context) throws -> Response {
    var form = self.form()
    form.username.focus = true
    return try page(form, request, context)
  }

  func submit(_ request: Request, _ context: Context) async throws -> Response {
    let fields = try await FormFields.read(Self.fields, from: request)
    let outcome = try await context.flows.recover(
      username: fields["username"], code: fields["code"], password: Password(fields["password"]),
      confirmation: Password(fields["confirm_password"]), device: context.auth.device)
    switch outcome {
    case .recovered(let recovered):
      let notice: Notice = recovered.guesses == nil ? .recovered : .recoveredGuessed
      let location = LocalPath.link(
        web.site.routes.login,
        [("username", recovered.account.username), ("notice", notice.rawValue)])
      var response =
        request.prefersJSON
        ? try JSONReply(location: location).response() : .redirect(to: location)
      web.cookies.set(recovered.device, on: &response)
      return response
    case .refused(let refusal):
      return try refuse(
        refusal.message, refusal.field, fields, .unprocessableContent, request, context)
    case .throttled(let wait):
      return try refuse(wait.message, .code, fields, .tooManyRequests, request, context)
        .retrying(after: wait)
    }
  }

  private func refuse(
    _ message: String, _ field: Field, _ fields: FormFields, _ status: HTTPResponse.Status,
    _ request: Request, _ context: Context
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(
        message: message, field: field.rawValue,
        invalid: field == .code ? ["username", "code"] : [field.rawValue],
        clear: field == .confirmPassword ? [field.rawValue] : []
      ).response(status: status)
    }
    var form = self.form()
    form.alert = message
    form.username.value = fields["username"]
    // The code is typed from paper, so it is given back for mending. It is of no use to anybody
    // who sees the page later: it is not stored (`no-store`), and good for minutes.
    form.code.value = fields["code"]
    switch field {
    case .code:
      form.username.invalid = true
      (form.code.invalid, form.code.focus) = (true, true)
    case .password: (form.password.invalid, form.password.focus) = (true, true)
    case .confirmPassword:
      (form.confirmPassword.invalid, form.confirmPassword.focus) = (true, true)
    }
    return try page(form, request, context, status: status)
  }

  private func form() -> FormView {
    FormView(
      action: web.site.routes.recover, next: nil, policy: web.auth.configuration.passwordPolicy)
  }

  private func page(
    _ form: FormView, _ request: Request, _ context: Context, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let frame = PageFrame("Set a new password", web, request: request, auth: context.auth)
    return try web.page("recover", frame, form, status: status)
  }
}

/// The field to correct. It gets the focus.
private enum Field: String {
  case code, password
  case confirmPassword = "confirm_password"
}

extension RecoveryRefusal {
  fileprivate var field: Field {
    switch self {
    case .code: .code
    case .password: .password
    case .passwordsDiffer: .confirmPassword
    }
  }
}
