public import HTTPTypes
public import Hummingbird

extension AuthRequestContext {
  /// Renders a template of the site in its layout.
  ///
  /// ```swift
  /// router.get("/profile") { request, context in
  ///   try context.page(
  ///     "profile", title: "Profile", view: Profile(motto: "Festina lente"), for: request)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - template: the name of a template (see ``Site/templates``, ``Site/templatesFolder``).
  ///   - title: of the page, in front of the site's name.
  ///   - view: its values: a struct whose properties the template names as `view.…`. Text in it is
  ///     escaped.
  ///   - request: the one that is answered.
  ///   - status: of the answer.
  /// - Throws: ``TemplateError``.
  public func page(
    _ template: String, title: String, view: some Sendable = NoValues(), for request: Request,
    status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let web = try requiredWeb
    let frame = PageFrame(title, web, request: request, auth: auth)
    return try web.page(template, frame, view, status: status)
  }
}

/// For a template that needs no values of its own.
public struct NoValues: Sendable {
  public init() {}
}

extension WebAuth {
  func page(
    _ template: String, _ frame: PageFrame, _ view: some Any, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let html =
      view is NoValues && !templates.haveDynamicNames
      ? try shells.page(template, frame) { try render(template, $0, view) }
      : ByteBuffer(string: try render(template, frame, view))
    return .content(html, type: "text/html; charset=utf-8", status: status)
  }

  private func render(_ template: String, _ frame: PageFrame, _ view: some Any) throws -> String {
    try templates.render(template, PageValues(page: frame, view: view))
  }
}
