#if Postgres
  /// Why a statement did not do its work.
  public enum PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The connection is gone, or leads to a server that takes no writes (any more).
    case connectionLost(String)
    /// The server refused: its SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html) and its
    /// message, which can hold a value of somebody's: it is for nobody but the code that knows what it
    /// asked for.
    case refused(state: String, message: String)
    /// The answer is not what the statement asks for.
    case unexpected(String)

    /// As the server itself says it when it ends a statement that takes too long.
    static let silence = PostgresError.refused(state: "57014", message: "no answer in time")

    /// In words for the operator, without a value of anybody's: what is thrown ends up in logs.
    public var description: String { reason }

    var reason: String {
      switch self {
      case .connectionLost(let reason): "No connection to the database: \(reason)"
      case .refused(let state, _):
        switch state {
        case "57014": "The database took too long."
        case "55P03": "The database is locked by somebody else."
        case "53100": "The database's disk is full."
        case "53300": "The database takes no more connections."
        case "23503":
          "There are rows that refer to this one (SQLSTATE 23503): remove them first, or let their "
            + "REFERENCES say ON DELETE CASCADE."
        case "42501":
          "The database's user has not the rights that it needs (SQLSTATE 42501). The owner of the "
            + "tables gives them: db roles --app USER."
        case "42P05", "26000", "08P01":
          "The database refused (SQLSTATE \(state)). If there is a pooler in transaction mode before "
            + "it, such as pgbouncer, say so: postgres.pooler = transaction."
        default: "The database refused (SQLSTATE \(state))."
        }
      case .unexpected(let what): "The database answered otherwise than it should (\(what))."
      }
    }

    /// SQLSTATEs (postgresql.org/docs/current/errcodes-appendix.html) after which the connection is of
    /// no use: it is broken (08), the server stops or starts (57P), it has become a standby (25006), or
    /// a prepared statement is gone (26000) or was made for tables that have changed since (0A000).
    static func isLost(_ state: String, isPrepared: Bool) -> Bool {
      state.hasPrefix("08") || ["57P01", "57P02", "57P03", "25006"].contains(state)
        || isPrepared && ["26000", "0A000"].contains(state)
    }

    /// Whether nobody knows if the server has done what it was last asked for.
    var leavesUnknown: Bool {
      if case .connectionLost = self { true } else { self == .silence }
    }

    /// A row that a constraint or a type does not allow (classes 22 and 23): whoever wrote the
    /// statement knows what that means.
    var isAboutValues: Bool {
      if case .refused(let state, _) = self {
        ["22", "23"].contains(String(state.prefix(2)))
      } else {
        false
      }
    }

    /// Two transactions were in each other's way, and this one was undone as a whole.
    var isConflict: Bool {
      if case .refused(let state, _) = self { ["40001", "40P01"].contains(state) } else { false }
    }
  }
#endif
