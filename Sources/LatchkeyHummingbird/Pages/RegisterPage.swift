import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The registration form and the door to the registration flow.
struct RegisterPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  private static var fields: Set<String> { ["username", "password", "confirm_password", "next"] }

  func show(_ request: Request, _ context: Context) throws -> Response {
    let next = LocalPath(request.queryFields(["next"])["next"])
    if context.auth.isLoggedIn {
      return .redirect(to: next?.description ?? web.site.routes.home)
    }
    var form = self.form(next)
    form.username.focus = true
    return try page(form, next, request, context)
  }

  func submit(_ request: Request, _ context: Context) async throws -> Response {
    let fields = try await FormFields.read(Self.fields, from: request)
    let next = LocalPath(fields["next"])
    let outcome = try await context.flows.register(
      username: fields["username"], password: Password(fields["password"]),
      confirmation: Password(fields["confirm_password"]))
    switch outcome {
    case .registered(let account): return try welcome(account, next, request)
    case .refused(let refusal): return try refuse(refusal, fields, next, request, context)
    case .throttled(let wait): return try throttle(wait, fields, next, request, context)
    }
  }

  private func throttle(
    _ wait: Throttled, _ fields: FormFields, _ next: LocalPath?, _ request: Request,
    _ context: Context
  ) throws -> Response {
    let status = HTTPResponse.Status.tooManyRequests
    if request.prefersJSON {
      return try JSONReply(message: wait.message).response(status: status).retrying(after: wait)
    }
    var form = self.form(next)
    form.alert = wait.message
    form.username.value = fields["username"]
    return try page(form, next, request, context, status: status).retrying(after: wait)
  }

  /// "Registration successful!", and on to the login page by itself after a moment.
  func showRegistered(_ request: Request, _ context: Context) throws -> Response {
    let query = request.queryFields(["next", "username"])
    let next = LocalPath(query["next"])
    let username = (try? Username(query["username"]))?.text
    let login = loginLink(username, next)
    let frame = PageFrame(
      "Registration successful", web, request: request, auth: context.auth, next: next)
    var response = try web.page("registered", frame, RegisteredView(location: login))
    response.headers[.refresh] = "1; url=\(login)"
    return response
  }

  private func welcome(
    _ account: Account, _ next: LocalPath?, _ request: Request
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(
        message: "Registration successful!", location: loginLink(account.username, next),
        delayMilliseconds: 500
      ).response()
    }
    return .redirect(
      to: LocalPath.link(
        web.site.routes.registered,
        [("username", account.username), ("next", next?.description)]))
  }

  private func loginLink(_ username: String?, _ next: LocalPath?) -> String {
    LocalPath.link(
      web.site.routes.login, [("username", username), ("next", next?.description)])
  }

  private func refuse(
    _ refusal: RegisterRefusal, _ fields: FormFields, _ next: LocalPath?, _ request: Request,
    _ context: Context
  ) throws -> Response {
    if request.prefersJSON {
      return try JSONReply(
        message: refusal.message, field: refusal.field.rawValue,
        clear: refusal.isCleared ? [refusal.field.rawValue] : []
      ).response(status: .unprocessableContent)
    }
    var form = self.form(next)
    form.alert = refusal.message
    form.username.value =
      refusal.field == .username && refusal.isCleared ? "" : fields["username"]
    let wrong = FormView.Field(value: "", invalid: true, focus: true)
    switch refusal.field {
    case .username: (form.username.invalid, form.username.focus) = (true, true)
    case .password: form.password = wrong
    case .confirmPassword: form.confirmPassword = wrong
    }
    return try page(form, next, request, context, status: .unprocessableContent)
  }

  private func form(_ next: LocalPath?) -> FormView {
    FormView(
      action: web.site.routes.register, next: next, policy: web.auth.configuration.passwordPolicy)
  }

  private func page(
    _ form: FormView, _ next: LocalPath?, _ request: Request, _ context: Context,
    status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let frame = PageFrame("Register", web, request: request, auth: context.auth, next: next)
    return try web.page("register", frame, form, status: status)
  }
}

struct RegisteredView {
  var location: String
}

extension RegisterRefusal {
  fileprivate enum Field: String {
    case username, password
    case confirmPassword = "confirm_password"
  }

  /// The field to correct. It gets the focus.
  fileprivate var field: Field {
    switch self {
    case .username, .usernameTaken: .username
    case .password: .password
    case .passwordsDiffer: .confirmPassword
    }
  }

  /// Whether what stands in the field is of no more use, as in the seed.
  fileprivate var isCleared: Bool {
    switch self {
    case .usernameTaken, .passwordsDiffer: true
    case .username, .password: false
    }
  }
}

extension HTTPField.Name {
  fileprivate static var refresh: Self {
    guard let name = Self("Refresh") else { preconditionFailure() }
    return name
  }
}
