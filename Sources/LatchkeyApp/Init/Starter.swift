import Foundation
import LatchkeyCommands

/// The files of a new app, from the texts in the folder `Starter`.
struct Starter {
  private let replacements: [(String, String)]
  private let name: StarterName

  /// - Parameters:
  ///   - checkout: the folder of Latchkey.
  ///   - folder: that of the new app. The package refers to the checkout from there, if they are
  ///     neighbours, so that both can be moved together.
  init(name: StarterName, checkout: URL, seenFrom folder: URL) {
    self.name = name
    let parent = folder.standardizedFileURL.deletingLastPathComponent().path
    let isNeighbour = checkout.deletingLastPathComponent().path == parent
    replacements = [
      ("__name__", name.package), ("__Name__", name.module),
      ("__latchkey__", isNeighbour ? "../\(checkout.lastPathComponent)" : checkout.path),
      ("__latchkey_identity__", checkout.lastPathComponent.lowercased()),
    ]
  }

  /// The smallest app.
  var minimal: [File] {
    [
      File("Package.swift", PackageResources.MinimalPackage_swift_txt),
      File("Sources/\(name.module)/main.swift", PackageResources.MinimalApp_swift_txt),
      File(".gitignore", PackageResources.gitignore_txt),
    ]
  }

  func full(at date: Date) -> [File] {
    let moment = date.ISO8601Format(
      .iso8601(
        timeZone: .gmt, dateSeparator: .omitted, dateTimeSeparator: .standard,
        timeSeparator: .omitted)
    ).filter(\.isNumber)
    let sources = "Sources/\(name.module)"
    return [
      File("Package.swift", PackageResources.Package_swift_txt),
      File("\(sources)/\(name.module).swift", PackageResources.App_swift_txt),
      File("\(sources)/Schema.swift", PackageResources.Schema_swift_txt),
      File("\(sources)/Profiles.swift", PackageResources.Profiles_swift_txt),
      File("\(sources)/Pages.swift", PackageResources.Pages_swift_txt),
      File(
        "Tests/\(name.module)Tests/\(name.module)Tests.swift", PackageResources.AppTests_swift_txt),
      File(
        "Migrations/\(moment.prefix(14))-first-tables.sqlite.sql",
        PackageResources.migration_sql_txt),
      File("script/server", PackageResources.server_txt, isProgram: true),
      File("script/test", PackageResources.test_txt, isProgram: true),
      File(".gitignore", PackageResources.gitignore_txt),
      File("README.md", PackageResources.README_md_txt),
    ]
  }

  struct File {
    let path: String
    let text: String
    let isProgram: Bool

    init(_ path: String, _ bytes: [UInt8], isProgram: Bool = false) {
      self.path = path
      self.text = String(decoding: bytes, as: UTF8.self)
      self.isProgram = isProgram
    }
  }

  /// - Throws: ``CommandFailure`` when the folder has something in it; nothing is written then.
  func write(_ files: [File], to folder: URL) throws {
    let manager = FileManager.default
    if manager.fileExists(atPath: folder.path) {
      guard let found = try? manager.contentsOfDirectory(atPath: folder.path), found.isEmpty else {
        throw CommandFailure(
          "\(folder.lastPathComponent) is there already and not an empty folder. Choose another "
            + "name, or empty it.")
      }
    }
    do {
      for file in files {
        let url = folder.appending(path: file.path)
        try manager.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        let text = replacements.reduce(file.text) { $0.replacing($1.0, with: $1.1) }
        try Data(text.utf8).write(to: url, options: .withoutOverwriting)
        if file.isProgram {
          try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
        }
      }
    } catch let error as CocoaError {
      throw CommandFailure("The app cannot be written: \(error.localizedDescription)")
    }
  }
}
