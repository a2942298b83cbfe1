#if Postgres
  import Foundation
  import Testing

  @testable import LatchkeyPostgres

  /// One user owns the tables, another one serves.
  enum TestRoles {
    /// - Parameter body: gets the options of the owner and of the user that serves, and its name.
    static func with(
      hidingHashes: Bool = true,
      _ body: (_ owner: PostgresOptions, _ app: PostgresOptions, _ name: String) async throws ->
        Void
    ) async throws {
      try await withPostgres { options in
        let suffix = UUID().uuidString.replacing("-", with: "").lowercased()
        let (owner, app) = ("owner_\(suffix)", "App \(suffix)")
        let admin = PostgresConnection(options)
        try await admin.run { db in
          try db.execute(
            script: """
              CREATE ROLE \(owner) LOGIN; CREATE ROLE \(app.quoted) LOGIN;
              GRANT \(owner) TO CURRENT_USER;
              ALTER SCHEMA public OWNER TO \(owner)
              """)
          try giveDatabase(to: owner, db)
        }
        func logged(in name: String) -> PostgresOptions {
          var other = options
          other.connection += " user='\(name)'"
          return other
        }
        try await PostgresStore(logged(in: owner)).close()
        let roles = PostgresRoles(logged(in: owner))
        try await roles.set(for: app, hidingHashes: hidingHashes)
        let result = Result<Void, any Error>.success(
          try await body(logged(in: owner), logged(in: app), app))
        try await admin.run { db in
          try giveDatabase(to: "latchkey", db)
          try db.execute(
            script: """
              DROP OWNED BY \(owner) CASCADE; DROP OWNED BY \(app.quoted) CASCADE;
              DROP ROLE \(owner); DROP ROLE \(app.quoted)
              """)
        }
        try result.get()
      }
    }

    private static func giveDatabase(to owner: String, _ db: PostgresSession) throws {
      let name = try db.row("SELECT quote_ident(current_database())")?.text(0) ?? ""
      try db.execute(script: "ALTER DATABASE \(name) OWNER TO \(owner)")
    }

    /// What `db roles` takes away: what stands behind it has to hold as well.
    static func allowTemporary(_ owner: PostgresOptions, _ name: String) async throws {
      try await PostgresConnection(owner).run { db in
        let database = try db.row("SELECT quote_ident(current_database())")?.text(0) ?? ""
        try db.execute(script: "GRANT TEMPORARY ON DATABASE \(database) TO \(name.quoted)")
      }
    }

    static func admin(of owner: PostgresOptions) throws -> PostgresOptions {
      var admin = owner
      admin.connection = try #require(
        owner.connection.firstRange(of: " user='").map {
          String(owner.connection[..<$0.lowerBound])
        })
      return admin
    }
  }
#endif
