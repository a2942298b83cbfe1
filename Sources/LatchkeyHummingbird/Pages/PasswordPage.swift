import HTTPTypes
import Hummingbird
import LatchkeyCore

/// Changing the password. The current one is asked for each time, however short ago it was given
/// (ASVS 6.2.3).
struct PasswordPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  private static var fields: Set<String> {
    ["current_password", "password", "confirm_password", "next"]
  }

  func show(_ request: Request, _ context: Authenticated<Context>) throws -> Response {
    var form = form(LocalPath(request.queryFields(["next"])["next"]))
    form.currentPassword.focus = true
    return try page(form, request, context)
  }

  func submit(_ request: Request, _ context: Authenticated<Context>) async throws -> Response {
    let fields = try await FormFields.read(Self.fields, from: request)
    let live = LiveSession(session: context.session, account: context.account)
    let flows = try context.flows
    let outcome = try await flows.changePassword(
      of: live, current: Password(fields["current_password"]), new: Password(fields["password"]),
      confirmation: Password(fields["confirm_password"]), device: context.auth.device)
    switch outcome {
    case .changed(let renewed):
      let location = LocalPath.link(
        LocalPath(fields["next"])?.description ?? web.site.routes.sessions,
        [("notice", Notice.passwordChanged.rawValue)])
      var response =
        request.prefersJSON
        ? try JSONReply(location: location).response() : .redirect(to: location)
      web.cookies.set(renewed, of: context.session, at: flows.clock.now, on: &response)
      return response
    case .refused(let refusal):
      return try refuse(
        refusal.message, refusal.field, fields, .unprocessableContent, request, context)
    case .throttled(let wait):
      return try refuse(
        wait.message, .currentPassword, fields, .tooManyRequests, request, context
      ).retrying(after: wait)
    }
  }

  private func refuse(
    _ message: String, _ field: Field, _ fields: FormFields, _ status: HTTPResponse.Status,
    _ request: Request, _ context: Authenticated<Context>
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(
        message: message, field: field.rawValue,
        clear: field == .password ? [] : [field.rawValue]
      ).response(status: status)
    }
    var form = form(LocalPath(fields["next"]))
    form.alert = message
    let wrong = FormView.Field(value: "", invalid: true, focus: true)
    switch field {
    case .currentPassword: form.currentPassword = wrong
    case .password: form.password = wrong
    case .confirmPassword: form.confirmPassword = wrong
    }
    return try page(form, request, context, status: status)
  }

  private func form(_ next: LocalPath?) -> FormView {
    FormView(
      action: web.site.routes.password, next: next, policy: web.auth.configuration.passwordPolicy)
  }

  private func page(
    _ form: FormView, _ request: Request, _ context: Authenticated<Context>,
    status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let frame = PageFrame("Change password", web, request: request, auth: context.auth)
    return try web.page("password", frame, form, status: status)
  }
}

/// The field to correct. It gets the focus.
private enum Field: String {
  case currentPassword = "current_password"
  case password
  case confirmPassword = "confirm_password"
}

extension PasswordChangeRefusal {
  fileprivate var field: Field {
    switch self {
    case .currentPasswordWrong: .currentPassword
    case .password: .password
    case .passwordsDiffer: .confirmPassword
    }
  }
}
