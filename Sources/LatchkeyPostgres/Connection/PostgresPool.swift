#if Postgres
  internal import LatchkeyCore
  import Synchronization

  /// A bounded number of connections. Who waited longest gets the next one, and who would wait behind
  /// too many is refused at once.
  final class PostgresPool: Sendable {
    private let options: PostgresOptions
    private let state = Mutex(State())

    private struct State {
      var idle: [PostgresConnection] = []
      /// Of all that there are, in use or not.
      var count = 0
      /// How many there may be, until a moment.
      var ceiling = 0
      var ceilingEnd = ContinuousClock.now
      var waiting: [Waiter] = []
      var lastID: UInt64 = 0
      var isClosed = false
    }

    private struct Waiter {
      let id: UInt64
      let continuation: CheckedContinuation<PostgresConnection, any Error>
    }

    init(_ options: PostgresOptions) {
      self.options = options
    }

    /// Statements that change nothing. What a broken connection has lost is asked once more.
    func read<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      // To a pooler only a transaction is on one session, which must have the time-out.
      if options.pooler == .transaction { return try await write(body) }
      return try await explaining {
        try await repeated {
          try await self.withConnection { connection in
            try await connection.runOrRefuse { session in
              let value = try body(session)
              // Whoever gets the session next would be in the middle of it.
              guard session.isUsable else {
                throw PostgresError.unexpected("a transaction that was left open")
              }
              return value
            }
          }
        }
      }
    }

    /// A transaction. It is done whole, or not at all; when the connection breaks while it ends nobody
    /// knows which, and the error says so.
    ///
    /// - Parameter body: can run more than once, if an earlier run was undone.
    func write<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await explaining {
        try await repeated {
          try await self.withConnection { connection in
            try await connection.runOrRefuse { [begin] in
              try Self.transaction($0, begin, body)
            }
          }
        }
      }
    }

    /// The same, but nothing of it stays.
    func rehearse<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await explaining {
        try await repeated {
          try await self.withConnection { connection in
            try await connection.runOrRefuse { [begin] session in
              try session.execute(script: begin)
              defer { try? session.execute(script: "ROLLBACK") }
              return try body(session)
            }
          }
        }
      }
    }

    private var begin: String {
      options.pooler == .transaction ? "BEGIN; " + options.setUp("LOCAL") : "BEGIN"
    }

    private static func transaction<Value>(
      _ session: PostgresSession, _ begin: String, _ body: (PostgresSession) throws -> Value
    ) throws -> Value {
      defer { session.waitsForEver = false }
      try session.execute(script: begin)
      let value: Value
      do {
        value = try body(session)
        // The server would answer a COMMIT with success, and roll back; or there is nothing to commit.
        guard session.isInTransaction else {
          throw PostgresError.unexpected(
            "a transaction that has failed, or that its body has ended")
        }
      } catch {
        try? session.execute(script: "ROLLBACK")
        throw error
      }
      do {
        try session.execute(script: "COMMIT")
      } catch let error as PostgresError where error.leavesUnknown {
        throw OutcomeUnknownError()
      }
      return value
    }

    /// A broken connection and a conflict with another transaction have undone what was begun.
    private func repeated<Value>(_ body: () async throws -> Value) async throws -> Value {
      var attempt = 1
      while true {
        do {
          return try await body()
        } catch let error as PostgresError where error.isConflict && attempt < 6 {
          attempt += 1
        } catch PostgresError.connectionLost(let reason) {
          // The others lead to the same server.
          dropIdle()
          guard attempt == 1 else { throw PostgresError.connectionLost(reason) }
          attempt = 6
        } catch let refused as PostgresConnection.Refused {
          guard attempt == 1 else { throw refused.error }
          attempt = 6
        }
      }
    }

    /// The reason never holds a value of a row.
    private func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
      do {
        return try await body()
      } catch let error as PostgresError where !error.isAboutValues {
        throw StoreUnavailableError(reason: error.reason)
      }
    }

    func close() {
      let waiting = state.withLock { state in
        state.isClosed = true
        state.idle = []
        defer { state.waiting = [] }
        return state.waiting
      }
      for waiter in waiting { waiter.continuation.resume(throwing: Self.closed) }
    }

    private static let closed = StoreUnavailableError(reason: "The database was closed.")

    private func dropIdle() {
      state.withLock { state in
        state.count -= state.idle.count
        state.idle = []
      }
    }

    private func withConnection<Value>(
      _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
      let connection = try await take()
      do {
        let value = try await body(connection)
        give(connection)
        return value
      } catch {
        if error is PostgresConnection.Refused, retire() { throw error }
        give(connection)
        throw error
      }
    }

    /// The server may have no place for so many: for a moment there are no more than those that are left.
    ///
    /// - Returns: false for the last one, which stays.
    private func retire() -> Bool {
      state.withLock { state in
        guard state.count > 1 else { return false }
        state.count -= 1
        state.ceiling = state.count
        state.ceilingEnd = .now + .seconds(1)
        return true
      }
    }

    private func take() async throws -> PostgresConnection {
      if let free = try state.withLock({ try free(&$0) }) { return free }
      let id = state.withLock { state in
        state.lastID += 1
        return state.lastID
      }
      let timeout = Task { [options] in
        try await Task.sleep(for: options.waitTimeout)
        self.stopWaiting(
          id,
          StoreUnavailableError(
            reason: "All connections to the database were in use for too long."))
      }
      defer { timeout.cancel() }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let answer: Result<PostgresConnection, any Error>? = state.withLock { state in
            // Asked under the lock: a cancellation either is seen here or finds the waiter below.
            if Task.isCancelled { return .failure(CancellationError()) }
            do {
              if let free = try free(&state) { return .success(free) }
            } catch {
              return .failure(error)
            }
            if state.waiting.count >= options.maximumWaiting {
              return .failure(
                StoreUnavailableError(reason: "Too many calls wait for the database already."))
            }
            state.waiting.append(Waiter(id: id, continuation: continuation))
            return nil
          }
          if let answer { continuation.resume(with: answer) }
        }
      } onCancel: {
        stopWaiting(id, CancellationError())
      }
    }

    /// One that nobody uses, or a new one if there may be more.
    private func free(_ state: inout State) throws -> PostgresConnection? {
      if state.isClosed { throw Self.closed }
      if let idle = state.idle.popLast() { return idle }
      let maximum = state.ceilingEnd > .now ? state.ceiling : options.maximumConnections
      guard state.count < maximum else { return nil }
      state.count += 1
      return PostgresConnection(options)
    }

    private func stopWaiting(_ id: UInt64, _ error: any Error) {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: error)
    }

    private func give(_ connection: PostgresConnection) {
      let next: Waiter? = state.withLock { state in
        // The connection passes straight on, so nobody can overtake the one who waited longest.
        if !state.waiting.isEmpty { return state.waiting.removeFirst() }
        if state.isClosed { state.count -= 1 } else { state.idle.append(connection) }
        return nil
      }
      next?.continuation.resume(returning: connection)
    }
  }

  extension Duration {
    var wholeMilliseconds: Int64 {
      components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
  }
#endif
