#if Postgres
  import Foundation

  @testable import LatchkeyPostgres

  /// A PostgreSQL of the tests' own, in a folder of its own and without a network: it needs nothing but
  /// the programs.
  final class TestServer: Sendable {
    /// The one for all tests that do not break it. It ends with the process.
    static let shared = Result { try TestServer() }

    private let folder: String
    private let programs: String

    var options: String { "\(host) user=latchkey" }
    var host: String { "host=\(folder)" }

    init() throws {
      (programs, folder) = try Self.place()
      _ = try asUser(
        "\(programs)/initdb", "-D", "\(folder)/data", "-U", "latchkey", "--auth=trust", "-E",
        "UTF8",
        "--locale=C", "--no-sync")
      try start()
    }

    /// A standby that follows another server.
    init(following primary: TestServer) throws {
      (programs, folder) = try Self.place()
      _ = try asUser(
        "\(programs)/pg_basebackup", "-d", primary.options, "-D", "\(folder)/data", "-R",
        "--no-sync", "--checkpoint=fast")
      try start()
    }

    private static func place() throws -> (programs: String, folder: String) {
      let programs = try run("pg_config", "--bindir")
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let name = "latchkey-\(getpid())-\(Int.random(in: 0..<100_000))"
      let folder = FileManager.default.temporaryDirectory.appending(path: name).path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // PostgreSQL does not run as root.
      if getuid() == 0 { _ = try run("chown", "postgres", folder) }
      return (programs, folder)
    }

    /// A standby becomes the primary.
    func promote() throws {
      _ = try asUser("\(programs)/pg_ctl", "-D", "\(folder)/data", "-w", "promote")
    }

    func start() throws {
      // Without a network; in the folder that is only this server's.
      _ = try asUser(
        "\(programs)/pg_ctl", "-D", "\(folder)/data", "-w", "-l", "\(folder)/log", "-o",
        "-c listen_addresses='' -c unix_socket_directories='\(folder)' -c max_connections=400",
        "start")
    }

    /// As if it had crashed: no connection is told, and nothing is written down that was not.
    func crash() throws {
      _ = try asUser("\(programs)/pg_ctl", "-D", "\(folder)/data", "-m", "immediate", "-w", "stop")
    }

    /// Crashes it, if it runs, and removes its folder.
    func remove() {
      try? crash()
      try? FileManager.default.removeItem(atPath: folder)
    }

    private func asUser(_ words: String...) throws -> String {
      try run(getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + words : words)
    }
  }

  private func run(_ words: String...) throws -> String { try run(words) }

  private func run(_ words: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // A server outlives a test that crashes. It must not keep what the test's parent has locked.
    let closing = """
      for file in /proc/self/fd/*; do
        number=${file##*/}
        [ "$number" -le 2 ] || eval "exec $number>&-"
      done
      exec "$@"
      """
    process.arguments = ["bash", "-c", closing, "bash"] + words
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    // A file and no pipe: the server goes on and would hold a pipe open.
    let output = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = process.standardOutput
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: output, encoding: .utf8)
    guard process.terminationStatus == 0 else { throw ProgramFailed(words: words, text: text) }
    return text
  }

  struct ProgramFailed: Error {
    let words: [String]
    let text: String
  }

  /// A database of its own, which goes with the test.
  func withPostgres<Value: Sendable>(
    on server: TestServer? = nil, _ body: (PostgresOptions) async throws -> Value
  ) async throws -> Value {
    let server = try server ?? sharedServer()
    let name = "latchkey_" + UUID().uuidString.replacing("-", with: "").lowercased()
    let admin = PostgresConnection(PostgresOptions("\(server.options) dbname=postgres"))
    try await admin.run { try $0.execute(script: "CREATE DATABASE \(name)") }
    let result: Result<Value, any Error>
    do {
      var options = PostgresOptions("\(server.options) dbname=\(name)")
      // However slow the machine is.
      options.waitTimeout = .seconds(600)
      options.statementTimeout = .seconds(600)
      result = .success(try await body(options))
    } catch {
      result = .failure(error)
    }
    // A server that was started again has lost the connection.
    let last = PostgresConnection(PostgresOptions("\(server.options) dbname=postgres"))
    try? await last.run { try $0.execute(script: "DROP DATABASE \(name) WITH (FORCE)") }
    return try result.get()
  }

  private func sharedServer() throws -> TestServer {
    let server = try TestServer.shared.get()
    _ = endsWithProcess
    return server
  }

  private let endsWithProcess: Void = {
    atexit { try? TestServer.shared.get().remove() }
  }()
#endif
