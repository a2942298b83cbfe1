import Benchmark
import Foundation
import HTTPTypes
import Hummingbird
import Latchkey
import NIOCore

/// What the pieces of a request cost, each alone, without a server around it.
///
/// `swift package benchmark --target Pieces` in this folder runs them all.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuTotal, .throughput], warmupIterations: 3, maxDuration: .seconds(3))

  // A token is nothing else.
  Benchmark("token: mint", configuration: .init(scalingFactor: .kilo)) { benchmark in
    for _ in benchmark.scaledIterations { blackHole(RandomSource.system.bytes(32)) }
  }

  Benchmark("session: begin (mint a token, write it)") { benchmark in
    try await withPieces { pieces in
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(try await pieces.auth.beginSession(for: pieces.account))
      }
      benchmark.stopMeasurement()
    }
  }

  Benchmark("session: look up, remembered", configuration: .init(scalingFactor: .kilo)) {
    benchmark in
    try await withPieces { pieces in
      let token = try await pieces.token()
      blackHole(try await pieces.auth.session(for: token))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(try await pieces.auth.session(for: token))
      }
      benchmark.stopMeasurement()
    }
  }

  Benchmark("session: look up, asked of the database") { benchmark in
    try await withPieces { pieces in
      // The first look-up of each is the one that counts: nothing is remembered of it yet.
      var tokens: [SessionToken] = []
      for _ in benchmark.scaledIterations { tokens.append(try await pieces.token()) }
      benchmark.startMeasurement()
      for token in tokens { blackHole(try await pieces.auth.session(for: token)) }
      benchmark.stopMeasurement()
    }
  }

  Benchmark("token: read from a cookie, digest", configuration: .init(scalingFactor: .kilo)) {
    benchmark in
    try await withPieces { pieces in
      let text = try await pieces.token().cookieValue
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(SessionToken(cookieValue: text)?.digest)
      }
      benchmark.stopMeasurement()
    }
  }

  Benchmark("form: read", configuration: .init(scalingFactor: .kilo)) { benchmark in
    let head = HTTPRequest(
      method: .post, scheme: "http", authority: "localhost", path: "/login",
      headerFields: [.contentType: "application/x-www-form-urlencoded"])
    let body = ByteBuffer(
      string: "username=alice&password=correct+horse+battery+staple&next=%2Fprotected")
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      let request = Request(head: head, body: RequestBody(buffer: body))
      blackHole(try await request.form("username", "password", "next"))
    }
    benchmark.stopMeasurement()
  }

  for (name, path) in [
    ("page: a text behind a login", "/text"), ("page: a template in its layout", "/page"),
    ("page: a template with values of its own", "/values"), ("page: the login form", "/login"),
  ] {
    Benchmark(name, configuration: .init(scalingFactor: .kilo)) { benchmark in
      try await withPieces { pieces in
        let ask = try await pieces.request(path)
        _ = try await ask()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try await ask()) }
        benchmark.stopMeasurement()
      }
    }
  }

  Benchmark("hash lanes: in and out, without a hash", configuration: .init(scalingFactor: .kilo)) {
    benchmark in
    let lanes = HashingLanes(count: 2, maximumWaiting: 64)
    for _ in benchmark.scaledIterations { blackHole(try await lanes.run { 1 }) }
  }

  Benchmark("throttle: charge and give back") { benchmark in
    try await withPieces { pieces in
      let charge = ThrottleCharge(.address("192.0.2.1"), ThrottlePolicy().address)
      let now = pieces.auth.clock.now
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        let admission = try await pieces.auth.store.charge([charge], at: now, audit: pieces.entry)
        guard case .go(let paid) = admission else { return benchmark.error("throttled") }
        try await pieces.auth.store.settle(ThrottleSettlement(refunded: paid))
      }
      benchmark.stopMeasurement()
    }
  }

  Benchmark("import: a hundred accounts with hashes") { benchmark in
    try await withPieces { pieces in
      let hash = try Argon2id(memoryKiB: 8, passes: 1, lanes: 1).hash(
        Array("correct horse".utf8), random: .system)
      var number = 0
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        let accounts = (0..<100).map { _ in
          number += 1
          return ForeignAccount(
            origin: "row \(number)", username: "person\(number)", hash: hash, isEnabled: true)
        }
        blackHole(try await pieces.auth.importAccounts(ForeignAccounts(accounts)))
      }
      benchmark.stopMeasurement()
    }
  }
}
