import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyCore

/// "Your sessions": where an account is logged in, and the door out of each (ASVS 7.5.2). Only
/// public session IDs appear here.
struct SessionsPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  private static var everyOther: String { "others" }

  func show(_ request: Request, _ context: Authenticated<Context>) async throws -> Response {
    let asked = request.queryFields(["session"])["session"]
    let sessions = try await context.flows.sessions(of: context.account).map { live in
      SessionView(
        live.session, isCurrent: live.session.id == context.session.id,
        isAsked: live.session.id.rawValue == asked)
    }
    let view = SessionsView(
      sessions: sessions.filter(\.isCurrent) + sessions.filter { !$0.isCurrent },
      action: web.site.routes.sessions, hasOthers: sessions.count > 1,
      othersAsked: asked == Self.everyOther)
    let frame = PageFrame("Your sessions", web, request: request, auth: context.auth)
    return try web.page("sessions", frame, view)
  }

  func submit(_ request: Request, _ context: Authenticated<Context>) async throws -> Response {
    let wanted = try await FormFields.read(["session"], from: request)["session"]
    // Whatever else it is goes no further, not even into an address to come back to.
    guard wanted == Self.everyOther || SessionID(text: wanted) != nil else {
      throw HTTPError(.unprocessableContent, message: "This is no session. Go back and try again.")
    }
    let flows = try context.flows
    guard flows.isProven(context.session) else { return try confirm(wanted, request) }
    if wanted == Self.everyOther {
      try await flows.revokeSessions(of: context.account, except: context.session.id)
      return try done(web.site.routes.sessions, .revokedOthers, request)
    }
    // Of this account only: an ID is no secret (ASVS 8.2.2). One that has ended already is fine.
    let id = SessionID(rawValue: wanted)
    try await flows.revoke(id, of: context.account)
    if id != context.session.id { return try done(web.site.routes.sessions, .revoked, request) }
    var response = try done(web.site.routes.home, .ended, request)
    web.cookies.clearSession(on: &response)
    return response
  }

  private func done(_ path: String, _ notice: Notice, _ request: Request) throws -> Response {
    let location = LocalPath.link(path, [("notice", notice.rawValue)])
    return request.prefersJSON
      ? try JSONReply(location: location).response() : .redirect(to: location)
  }

  /// The last proof of the password is too old: first the password, then back here, where the
  /// session in question is asked for once more. Nothing is ended by a GET.
  private func confirm(_ wanted: String, _ request: Request) throws -> Response {
    let back = LocalPath.link(web.site.routes.sessions, [("session", wanted)])
    let location = LocalPath.link(web.site.routes.confirm, [("next", back)])
    return request.prefersJSON
      ? try JSONReply(message: "Type your password again first.", location: location)
        .response(status: .forbidden)
      : .redirect(to: location)
  }
}

struct SessionsView {
  var sessions: [SessionView]
  var action: String
  var hasOthers: Bool
  var othersAsked: Bool
}

struct SessionView {
  var id: String
  var device: String
  var place: String
  var created: String
  var createdISO: String
  var lastSeen: String
  var lastSeenISO: String
  var isCurrent: Bool
  /// Its end was asked for before the password was asked for again.
  var isAsked: Bool

  init(_ session: Session, isCurrent: Bool, isAsked: Bool) {
    id = session.id.rawValue
    device = UserAgent.spoken(session.client.userAgent)
    place = IPAddress(session.client.address)?.place ?? "an unknown place"
    created = session.createdAt.spoken
    createdISO = session.createdAt.description
    lastSeen = session.lastSeenAt.spoken
    lastSeenISO = session.lastSeenAt.description
    self.isCurrent = isCurrent
    self.isAsked = isAsked && !isCurrent
  }
}

extension Timestamp {
  /// `23 Nov 2026, 09:30 UTC`. The page's script shows it in the person's own time.
  fileprivate var spoken: String {
    let date = Date(timeIntervalSince1970: Double(millisecondsSinceEpoch) / 1000)
    let style = Date.VerbatimFormatStyle(
      format: """
        \(day: .defaultDigits) \(month: .abbreviated) \(year: .defaultDigits), \
        \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits) UTC
        """,
      locale: Locale(identifier: "en_GB"), timeZone: .gmt,
      calendar: Calendar(identifier: .gregorian))
    return date.formatted(style)
  }
}
