import ArgumentParser
import Foundation
import LatchkeyCommands

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new app: a Swift package that builds, runs and passes its tests.",
    discussion: """
      Makes a folder of that name with a home page, a profile page, a table of the app's own with \
      its migration, tests, and script/server and script/test. With --minimal only the smallest \
      app. Nothing is written into a folder that has something in it.

      There is no release yet, so the package refers to a checkout of Latchkey.

      Exit codes: 0 made; 1 not made, and the message says why; 64 the command line is wrong.

      Example: latchkey init notes --latchkey ../latchkey
      """)

  @Argument(help: "The name: small letters, digits and hyphens, beginning with a letter.")
  var name: String
  @Option(help: "The folder of Latchkey's checkout.", completion: .directory)
  var latchkey = "latchkey"
  @Flag(help: "Only the smallest app.")
  var minimal = false

  func validate() throws {
    guard StarterName(name) != nil else {
      throw ValidationError(
        "The name must be 1 to 40 small letters, digits and single hyphens, begin with a letter, and be "
          + "neither test nor latchkey.")
    }
  }

  func run() async throws {
    guard let starterName = StarterName(name) else { return }
    let folder = URL(fileURLWithPath: name, isDirectory: true)
    let checkout = URL(fileURLWithPath: latchkey, isDirectory: true).standardizedFileURL
    guard FileManager.default.fileExists(atPath: checkout.appending(path: "Package.swift").path)
    else {
      throw CommandFailure(
        "There is no checkout of Latchkey in \(latchkey). Say where it is: --latchkey FOLDER")
    }
    let starter = Starter(name: starterName, checkout: checkout, seenFrom: folder)
    try starter.write(minimal ? starter.minimal : starter.full(at: Date()), to: folder)
    try Output.line(
      "Made \(name). Go on with: cd \(name) && \(minimal ? "swift run" : "script/server")")
  }
}

/// A name of a package, with that of its module: `my-notes`, `MyNotes`.
struct StarterName {
  let package: String
  let module: String

  init?(_ text: String) {
    let words = text.split(separator: "-", omittingEmptySubsequences: false)
    let isWord: (Substring) -> Bool = { word in
      !word.isEmpty
        && word.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
    }
    guard text.count <= 40, words.allSatisfy(isWord), text.first?.isLetter == true,
      // These are modules already.
      !["test", "testing", "latchkey", "swift", "foundation", "hummingbird", "grdb"].contains(text)
    else { return nil }
    package = text
    module = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
