// swift-tools-version: 6.2

import PackageDescription

// Apart from the package itself, because it is built with sanitizers and linked to libFuzzer
// (script/fuzz).
let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "latchkey", path: "..")],
  targets: [
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        .product(name: "LatchkeyCore", package: "latchkey"),
        .product(name: "LatchkeyHummingbird", package: "latchkey"),
      ],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
