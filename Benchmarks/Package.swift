// swift-tools-version: 6.1

import PackageDescription

// A package of its own, so that nobody who uses Latchkey fetches what only its measurements need.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "latchkey", path: ".."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // What script/bench measures against: Hummingbird alone.
    .executableTarget(
      name: "ConstantPage",
      dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
      path: "ConstantPage"),
    // The smallest app, with one protected page that is a text.
    .executableTarget(
      name: "ProtectedPage",
      dependencies: [.product(name: "Latchkey", package: "latchkey")],
      path: "ProtectedPage"),
    // What logins are measured against: the hashes alone.
    .executableTarget(
      name: "HashRate",
      dependencies: [.product(name: "LatchkeyCore", package: "latchkey")],
      path: "HashRate"),
    .executableTarget(
      name: "Pieces",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Latchkey", package: "latchkey"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      path: "Pieces",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ],
  swiftLanguageModes: [.v6]
)
