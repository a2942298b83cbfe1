import Foundation
import LatchkeyCore
import Mustache

/// The compiled templates: ours, over them the app's embedded ones, over them the folder's.
struct Templates: Sendable {
  private let library: MustacheLibrary
  /// Whether any template names another by one of its values (`{{>*name}}`).
  let haveDynamicNames: Bool

  /// - Throws: ``TemplateError`` for a folder that cannot be read or a template that does not
  ///   parse: at the start, not at the first visitor.
  init(site: Site) throws {
    MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
    var texts = Self.builtIn.merging(site.templates) { $1 }
    if let folder = site.templatesFolder {
      texts.merge(try Self.read(folder: folder)) { $1 }
    }
    var library = MustacheLibrary()
    for (name, text) in texts {
      do {
        try library.register("{{% CONTENT_TYPE: \(EscapedHTML.name)}}" + text, named: name)
      } catch {
        throw TemplateError(reason: "The template \(name) cannot be read: \(error)")
      }
    }
    self.library = library
    haveDynamicNames = texts.values.contains { $0.contains(">*") || $0.contains("> *") }
  }

  /// - Throws: ``TemplateError`` when there is no template of that name.
  func render(_ name: String, _ values: some Any) throws -> String {
    guard let html = library.render(values, withTemplate: name) else {
      throw TemplateError(reason: "There is no template \(name).")
    }
    return html
  }

  private static var builtIn: [String: String] {
    [
      "layout": PackageResources.layout_mustache,
      "login": PackageResources.login_mustache,
      "register": PackageResources.register_mustache,
      "registered": PackageResources.registered_mustache,
      "logout": PackageResources.logout_mustache,
      "sessions": PackageResources.sessions_mustache,
      "password": PackageResources.password_mustache,
      "confirm": PackageResources.confirm_mustache,
      "recover": PackageResources.recover_mustache,
      // Parts of the above.
      "strength": PackageResources.strength_mustache,
      "account-name": PackageResources.account_name_mustache,
      "error": PackageResources.error_mustache,
    ].mapValues { String(decoding: $0, as: UTF8.self) }
  }

  private static func read(folder: String) throws -> [String: String] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      var texts: [String: String] = [:]
      for name in names where name.hasSuffix(".mustache") && !name.hasPrefix(".") {
        let url = URL(fileURLWithPath: folder).appendingPathComponent(name)
        texts[String(name.dropLast(".mustache".count))] = try String(
          contentsOf: url, encoding: .utf8)
      }
      return texts
    } catch {
      throw TemplateError(
        reason: "The templates in \(folder) cannot be read: \(error.localizedDescription)")
    }
  }
}

/// A template is missing or wrong: a mistake of the app, for the operator to read.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String

  public var description: String { reason }
}
