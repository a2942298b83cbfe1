// swift-tools-version: 6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "latchkey",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Latchkey", targets: ["Latchkey"]),
    .library(name: "LatchkeyCore", targets: ["LatchkeyCore"]),
    .library(name: "LatchkeySchema", targets: ["LatchkeySchema"]),
    .library(name: "LatchkeySQLite", targets: ["LatchkeySQLite"]),
    .library(name: "LatchkeyPostgres", targets: ["LatchkeyPostgres"]),
    .library(name: "LatchkeyHummingbird", targets: ["LatchkeyHummingbird"]),
    .library(name: "LatchkeyCommands", targets: ["LatchkeyCommands"]),
    .library(name: "LatchkeyTesting", targets: ["LatchkeyTesting"]),
    // The target is called LatchkeyApp: `latchkey` and `Latchkey` would collide on macOS,
    // whose file names ignore letter case.
    .executable(name: "latchkey", targets: ["LatchkeyApp"]),
  ],
  traits: [
    .trait(name: "Postgres", description: "The store of many servers, on PostgreSQL. Needs libpq.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.10.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CArgon2", pkgConfig: "libargon2",
      providers: [.apt(["libargon2-dev"]), .brew(["argon2"])]),
    .systemLibrary(
      name: "CLibCrypt", pkgConfig: "libxcrypt",
      providers: [.apt(["libcrypt-dev"]), .brew(["libxcrypt"])]),

    // The list of common passwords, as a part of the program.
    .target(name: "CCommonPasswords", exclude: ["README.md", "common-passwords.txt"]),

    .target(
      name: "LatchkeyCore",
      dependencies: [
        "CArgon2", "CCommonPasswords", "CLibCrypt",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LatchkeySchema",
      dependencies: [.product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: swiftSettings),
    .target(
      name: "LatchkeySQLite",
      dependencies: [
        "LatchkeyCore", "LatchkeySchema",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      resources: [
        .embedInCode("Migrations/20261123215310-accounts-and-sessions.sqlite.sql"),
        .embedInCode("Migrations/20261126003450-guarding.sqlite.sql"),
        .embedInCode("Migrations/20261126061434-audit-anchor.sqlite.sql"),
        .embedInCode("Migrations/20261127010000-session-cache.sqlite.sql"),
      ],
      swiftSettings: swiftSettings),
    .systemLibrary(
      name: "CLibPQ", pkgConfig: "libpq",
      providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    // Empty without the trait, so that nobody needs libpq for SQLite.
    .target(
      name: "LatchkeyPostgres",
      dependencies: [
        .target(name: "CLibPQ", condition: .when(traits: ["Postgres"])),
        "LatchkeyCore", "LatchkeySchema",
      ],
      resources: [
        .embedInCode("Migrations/20261126120000-accounts.postgres.sql"),
        .embedInCode("Migrations/20261126190000-password-comparison.postgres.sql"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LatchkeyHummingbird",
      dependencies: [
        "LatchkeyCore",
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [
        .embedInCode("Templates/account-name.mustache"),
        .embedInCode("Templates/confirm.mustache"),
        .embedInCode("Templates/error.mustache"),
        .embedInCode("Templates/layout.mustache"),
        .embedInCode("Templates/login.mustache"),
        .embedInCode("Templates/logout.mustache"),
        .embedInCode("Templates/password.mustache"),
        .embedInCode("Templates/recover.mustache"),
        .embedInCode("Templates/register.mustache"),
        .embedInCode("Templates/registered.mustache"),
        .embedInCode("Templates/sessions.mustache"),
        .embedInCode("Templates/strength.mustache"),
        .embedInCode("Assets/icon.svg"),
        .embedInCode("Assets/latchkey.css"),
        .embedInCode("Assets/latchkey.js"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LatchkeyCommands",
      dependencies: [
        "Latchkey",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LatchkeyTesting",
      dependencies: [
        "Latchkey", "LatchkeyCommands",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "Latchkey",
      dependencies: [
        "LatchkeyCore", "LatchkeySchema", "LatchkeySQLite", "LatchkeyHummingbird",
        .target(name: "LatchkeyPostgres", condition: .when(traits: ["Postgres"])),
        .product(name: "Hummingbird", package: "hummingbird"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "LatchkeyApp",
      dependencies: [
        "Latchkey", "LatchkeyCommands",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [
        .embedInCode("Starter/App.swift.txt"),
        .embedInCode("Starter/AppTests.swift.txt"),
        .embedInCode("Starter/MinimalApp.swift.txt"),
        .embedInCode("Starter/MinimalPackage.swift.txt"),
        .embedInCode("Starter/Package.swift.txt"),
        .embedInCode("Starter/Pages.swift.txt"),
        .embedInCode("Starter/Profiles.swift.txt"),
        .embedInCode("Starter/README.md.txt"),
        .embedInCode("Starter/Schema.swift.txt"),
        .embedInCode("Starter/gitignore.txt"),
        .embedInCode("Starter/migration.sql.txt"),
        .embedInCode("Starter/server.txt"),
        .embedInCode("Starter/test.txt"),
        .embedInCode("Templates/home.mustache"),
        .embedInCode("Templates/protected.mustache"),
      ],
      swiftSettings: swiftSettings),

    .executableTarget(
      name: "SmallestApp", dependencies: ["Latchkey"], path: "Examples/SmallestApp",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "HomePage", dependencies: ["Latchkey"], path: "Examples/HomePage",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "OwnRouter", dependencies: ["Latchkey"], path: "Examples/OwnRouter",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "Notes",
      dependencies: [
        "Latchkey", "LatchkeyCommands",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Examples/Notes", swiftSettings: swiftSettings),

    // Which clauses of which standard a test shows.
    .target(name: "Clauses", path: "Tests/Clauses", swiftSettings: swiftSettings),
    .testTarget(
      name: "LatchkeyCoreTests",
      dependencies: [
        "Clauses", "LatchkeyCore", "LatchkeySQLite", "LatchkeyTesting",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LatchkeySchemaTests", dependencies: ["LatchkeySchema"], swiftSettings: swiftSettings),
    .testTarget(
      name: "LatchkeySQLiteTests",
      dependencies: [
        "Clauses", "LatchkeySchema", "LatchkeySQLite", "LatchkeyTesting",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LatchkeyPostgresTests",
      dependencies: [
        "LatchkeyCore", "LatchkeyPostgres", "LatchkeySQLite", "LatchkeySchema", "LatchkeyTesting",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LatchkeyHummingbirdTests",
      dependencies: [
        "Clauses", "Latchkey", "LatchkeyCommands", "LatchkeyTesting", "HomePage", "OwnRouter",
        "Notes",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
