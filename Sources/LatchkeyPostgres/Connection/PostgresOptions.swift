#if Postgres
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
    /// Off behind a pgbouncer in transaction mode that is older than 1.21, or has no
    /// `max_prepared_statements`.
    public var preparesStatements = true

    public init(_ connection: String) {
      self.connection = connection
    }

    /// As libpq takes them: what comes later wins, and the text of the operator's comes last.
    var parameters: [(String, String)] {
      [
        ("connect_timeout", "5"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
        ("keepalives_count", "2"), ("tcp_user_timeout", "15000"),
        ("fallback_application_name", "latchkey"), ("client_encoding", "UTF8"),
        ("dbname", connection),
      ]
    }
  }
#endif
