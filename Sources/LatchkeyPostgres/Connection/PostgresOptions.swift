#if Postgres
  internal import CLibPQ
  import Foundation

  /// How to reach the server, and how long to wait for it.
  public struct PostgresOptions: Sendable {
    /// A URI or a list of keywords and values, with all that libpq knows
    /// (postgresql.org/docs/current/libpq-connect.html): TLS, a service, several hosts.
    public var connection: String
    /// How many connections a server has at the most.
    public var maximumConnections = 8
    /// How many calls wait for one at the most; what comes then is refused at once.
    public var maximumWaiting = 500
    /// How long a call waits for one.
    public var waitTimeout: Duration = .seconds(5)
    /// How long a statement may take.
    public var statementTimeout: Duration = .seconds(10)
    public var pooler: Pooler = .none

    /// What stands between this program and the server.
    public enum Pooler: Hashable, Sendable {
      /// Nothing, or one that gives each client a session of its own.
      case none
      /// A pgbouncer in transaction mode, or its like: each transaction may be on another session. No
      /// statement is prepared then, each carries its time-out with it, and what was revoked is asked
      /// for every 200 ms, since nobody can listen.
      case transaction
    }

    public init(_ connection: String) {
      self.connection = connection
    }

    /// As libpq takes them: what comes later wins, and the operator's text comes last.
    var parameters: [(String, String)] {
      [("fallback_application_name", "latchkey"), ("client_encoding", "UTF8")] + defaults
        + [("dbname", connection)]
    }

    /// What we would have otherwise than libpq. A service file would lose against them, and so would
    /// the environment: whoever uses these says all of it there.
    private var defaults: [(String, String)] {
      let given = parsed
      let environment = ProcessInfo.processInfo.environment
      if given["service"] != nil || environment["PGSERVICE"] != nil { return [] }
      var defaults = [
        ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "2"),
        ("tcp_user_timeout", "15000"),
      ]
      if environment["PGCONNECT_TIMEOUT"] == nil { defaults.append(("connect_timeout", "5")) }
      // libpq would go on without TLS where the server has none. Whoever wants that says so.
      if isElsewhere, environment["PGSSLMODE"] == nil { defaults.append(("sslmode", "require")) }
      // Of several servers the one that takes writes, whichever that is after a failure.
      let hosts = given["host"] ?? environment["PGHOST"] ?? ""
      if hosts.contains(","), environment["PGTARGETSESSIONATTRS"] == nil {
        defaults.append(("target_session_attrs", "read-write"))
      }
      return defaults
    }

    /// Whether a host is not this machine.
    private var isElsewhere: Bool {
      let hosts = parsed["host"] ?? ProcessInfo.processInfo.environment["PGHOST"] ?? ""
      return hosts.split(separator: ",").contains { host in
        !(host.hasPrefix("/") || host.hasPrefix("@") || host.hasPrefix("127.") || host == "::1"
          || host == "localhost")
      }
    }

    /// Whether another machine is believed to be the server without a certificate that says so.
    var trustsAnybody: Bool {
      let mode = parsed["sslmode"] ?? ProcessInfo.processInfo.environment["PGSSLMODE"]
      return isElsewhere && parsed["service"] == nil && mode != "verify-full"
    }

    /// What a session has to be like, whatever the server's own settings are.
    ///
    /// - Parameter scope: `SESSION` or `LOCAL`.
    func setUp(_ scope: String) -> String {
      "SET \(scope) statement_timeout = \(statementTimeout.wholeMilliseconds); "
        + "SET \(scope) idle_in_transaction_session_timeout = 60000; "
        + "SET \(scope) bytea_output = 'hex'"
    }

    /// Whether a password stands in it.
    package var hasPassword: Bool { parsed["password"] != nil }

    /// What it leads to, without a password.
    var title: String {
      let given = parsed
      let place = given["service"].map { "service \($0)" } ?? given["host"] ?? given["hostaddr"]
      return "PostgreSQL" + (given["dbname"].map { " \($0)" } ?? "")
        + (place.map { " at \($0)" } ?? "")
    }

    /// The keywords that stand in it. Empty when libpq cannot read it, which it says by itself.
    private var parsed: [String: String] {
      guard let first = PQconninfoParse(connection, nil) else { return [:] }
      defer { PQconninfoFree(first) }
      var found: [String: String] = [:]
      var option = first
      while let keyword = option.pointee.keyword {
        if let value = option.pointee.val {
          found[String(cString: keyword)] = String(cString: value)
        }
        option += 1
      }
      return found
    }
  }
#endif
