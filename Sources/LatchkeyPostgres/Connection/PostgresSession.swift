#if Postgres
  internal import CLibPQ
  import Foundation

  /// A session with the server, in the middle of a call. It belongs to that call: it never leaves the
  /// thread of its connection.
  public final class PostgresSession {
    private let handle: OpaquePointer
    private let prepares: Bool
    /// How long an answer is waited for: somewhat longer than the server itself lets a statement run. It
    /// may be that nobody is there any more.
    private let patience: Duration
    /// For steps and copies, which the server lets run without limit.
    var waitsForEver = false
    /// The names of prepared statements, by their text.
    private var prepared: [String: String] = [:]
    /// The server keeps each until the session ends, and an app may write values into its statements.
    private static let maximumPrepared = 500

    /// - Throws: ``PostgresError/connectionLost(_:)``.
    init(_ options: PostgresOptions) throws {
      if let problem = options.problem { throw PostgresError.connectionLost(problem) }
      let pairs = options.parameters
      var keys = pairs.map { strdup($0.0) } + [nil]
      var values = pairs.map { strdup($0.1) } + [nil]
      defer { for text in keys + values { free(text) } }
      let opened = keys.withUnsafeMutableBufferPointer { keys in
        values.withUnsafeMutableBufferPointer { values in
          PQconnectdbParams(
            UnsafeRawPointer(keys.baseAddress)?.assumingMemoryBound(to: UnsafePointer<CChar>?.self),
            UnsafeRawPointer(values.baseAddress)?.assumingMemoryBound(
              to: UnsafePointer<CChar>?.self),
            1)
        }
      }
      guard let opened else { throw PostgresError.connectionLost("out of memory") }
      handle = opened
      prepares = options.pooler == .none
      patience = options.statementTimeout + .seconds(2)
      guard PQstatus(handle) == CONNECTION_OK else {
        throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
      }
      // What the server has to remark is nobody's answer.
      PQsetNoticeProcessor(handle, { _, _ in }, nil)
      // To a pooler it would be somebody else's session.
      if options.pooler == .none { try execute(script: options.setUp("SESSION")) }
    }

    deinit { PQfinish(handle) }

    /// Whether the next one can begin with it: it is connected, and nothing is half done.
    var isUsable: Bool {
      PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// Whether there is a transaction of which no statement was refused.
    var isInTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_INTRANS }

    /// Several statements without values, as the server's simple protocol takes them.
    func execute(script: String) throws {
      _ = try take(answer(to: PQsendQuery(handle, script)))
    }

    /// - Parameters:
    ///   - sql: one statement, with `$1`, `$2`, … for the values.
    ///   - values: in their order.
    /// - Returns: how many rows were changed.
    /// - Throws: ``PostgresError``.
    @discardableResult
    public func execute(_ sql: String, _ values: [PostgresValue] = []) throws -> Int {
      try run(sql, values).changed
    }

    /// - Parameters:
    ///   - sql: one statement, with `$1`, `$2`, … for the values.
    ///   - values: in their order.
    /// - Returns: the rows that it answers with.
    /// - Throws: ``PostgresError``.
    @discardableResult
    public func rows(_ sql: String, _ values: [PostgresValue] = []) throws -> [PostgresRow] {
      try run(sql, values).rows
    }

    /// - Parameters:
    ///   - sql: one statement, with `$1`, `$2`, … for the values.
    ///   - values: in their order.
    /// - Returns: the first row that it answers with; nil for none.
    /// - Throws: ``PostgresError``.
    public func row(_ sql: String, _ values: [PostgresValue] = []) throws -> PostgresRow? {
      try rows(sql, values).first
    }

    /// Sends rows as `COPY … FROM STDIN` takes them in its text format.
    func copy(into statement: String, _ bytes: [UInt8]) throws {
      let result = try answer(to: PQsendQuery(handle, statement))
      guard PQresultStatus(result) == PGRES_COPY_IN else {
        _ = try take(result)
        throw PostgresError.unexpected("no COPY")
      }
      PQclear(result)
      let isSent = bytes.withUnsafeBytes { buffer in
        // In pieces: libpq counts bytes in 32 bits.
        stride(from: 0, to: buffer.count, by: 1 << 20).allSatisfy { start in
          let piece = buffer[start..<min(start + 1 << 20, buffer.count)]
          let first = UnsafeRawBufferPointer(rebasing: piece).baseAddress
          return PQputCopyData(
            handle, first?.assumingMemoryBound(to: CChar.self), CInt(piece.count)) == 1
        }
      }
      guard isSent, PQputCopyEnd(handle, nil) == 1 else {
        throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
      }
      // Until libpq has no more, the session takes no other statement.
      var outcome: Result<Void, any Error> = .success(())
      while let result = PQgetResult(handle) {
        do { _ = try take(result) } catch { outcome = .failure(error) }
      }
      try outcome.get()
    }

    func listen(to channel: String) throws {
      try execute(script: "LISTEN \(channel)")
    }

    /// - Returns: whether one has come by then.
    func waitForNotification(milliseconds: CInt) throws -> Bool {
      var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      poll(&socket, 1, milliseconds)
      guard PQconsumeInput(handle) == 1 else {
        throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
      }
      var hasCome = false
      while let notification = PQnotifies(handle) {
        PQfreemem(notification)
        hasCome = true
      }
      return hasCome
    }

    private func run(
      _ sql: String, _ values: [PostgresValue]
    ) throws -> (rows: [PostgresRow], changed: Int) {
      let parameters = try values.map(Parameter.init)
      let name = prepares ? try prepare(sql) : nil
      let lengths = parameters.map(\.length)
      let formats = parameters.map(\.format)
      return try withPointers(parameters) { pointers in
        let count = CInt(parameters.count)
        let isSent =
          name.map { PQsendQueryPrepared(handle, $0, count, pointers, lengths, formats, 0) }
          ?? PQsendQueryParams(handle, sql, count, nil, pointers, lengths, formats, 0)
        return try take(isPrepared: name != nil, answer(to: isSent))
      }
    }

    private func prepare(_ sql: String) throws -> String {
      if let name = prepared[sql] { return name }
      if prepared.count == Self.maximumPrepared {
        try execute(script: "DEALLOCATE ALL")
        prepared = [:]
      }
      let name = "latchkey_\(prepared.count)"
      _ = try take(answer(to: PQsendPrepare(handle, name, sql, 0, nil)))
      prepared[sql] = name
      return name
    }

    /// What the server answers last, or the first refusal.
    ///
    /// - Parameter isSent: 1, as libpq says it.
    private func answer(to isSent: CInt) throws -> OpaquePointer? {
      guard isSent == 1 else {
        throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
      }
      let end = ContinuousClock.now + patience
      var last: OpaquePointer?
      while true {
        do {
          try waitForAnswer(until: end)
        } catch {
          PQclear(last)
          throw error
        }
        guard let result = PQgetResult(handle) else { return last }
        PQclear(last)
        last = result
        // Behind it come rows of a COPY, and no other result.
        let status = PQresultStatus(result)
        if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) { return result }
      }
    }

    private func waitForAnswer(until end: ContinuousClock.Instant) throws {
      while PQisBusy(handle) == 1 {
        let left = waitsForEver ? -1 : max(0, (end - .now).wholeMilliseconds)
        var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // The session is in the middle of a statement then, and is not used again.
        guard poll(&socket, 1, CInt(clamping: left)) != 0 else { throw PostgresError.silence }
        guard PQconsumeInput(handle) == 1 else {
          throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
        }
      }
    }

    /// Reads the result, and gives its memory back.
    private func take(
      isPrepared: Bool = false, _ result: OpaquePointer?
    ) throws -> (rows: [PostgresRow], changed: Int) {
      guard let result else {
        throw PostgresError.connectionLost(Self.message(PQerrorMessage(handle)))
      }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
        let rows = (0..<PQntuples(result)).map { row in
          PostgresRow(columns: (0..<PQnfields(result)).map { Self.column(result, row, $0) })
        }
        return (rows, Int(Self.message(PQcmdTuples(result))) ?? 0)
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        // The session waits for rows now, and is not used again.
        throw PostgresError.unexpected("COPY to or from the client")
      default:
        guard let state = Self.field("C", of: result), PQstatus(handle) == CONNECTION_OK,
          !PostgresError.isLost(state, isPrepared: isPrepared)
        else {
          throw PostgresError.connectionLost(Self.message(PQresultErrorMessage(result)))
        }
        throw PostgresError.refused(state: state, message: Self.field("M", of: result) ?? "")
      }
    }

    /// postgresql.org/docs/current/protocol-error-fields.html; `D` would have values of rows in it.
    private static func field(_ name: Character, of result: OpaquePointer) -> String? {
      name.asciiValue.flatMap { PQresultErrorField(result, CInt($0)) }.map { message($0) }
    }

    private static func column(_ result: OpaquePointer, _ row: CInt, _ column: CInt) -> [UInt8]? {
      guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column)
      else { return nil }
      let length = Int(PQgetlength(result, row, column))
      return UnsafeRawBufferPointer(start: value, count: length).map { $0 }
    }

    /// On one line.
    private static func message(_ text: UnsafePointer<CChar>?) -> String {
      (text.map { String(cString: $0) } ?? "").split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
    }

    private struct Parameter {
      /// Nil for NULL. A text ends with a NUL of its own.
      let bytes: [UInt8]?
      /// Heeded for binary ones only.
      let length: CInt
      /// 1 for binary.
      let format: CInt

      init(_ value: PostgresValue) throws {
        switch value {
        case .null: self.init(bytes: nil, format: 0)
        case .bytes(let value): self.init(bytes: value, format: 1)
        case .integer(let value): self.init(text: "\(value)")
        case .real(let value): self.init(text: "\(value)")
        case .boolean(let value): self.init(text: value ? "t" : "f")
        case .text(let value):
          // PostgreSQL has no NUL in texts, and libpq would read no further than to it.
          guard !value.utf8.contains(0) else { throw PostgresError.unexpected("a NUL in a text") }
          self.init(text: value)
        }
      }

      private init(text: String) {
        self.init(bytes: Array(text.utf8) + [0], format: 0)
      }

      private init(bytes: [UInt8]?, format: CInt) {
        self.bytes = bytes
        self.length = CInt(bytes?.count ?? 0)
        self.format = format
      }
    }

    private func withPointers<Value>(
      _ parameters: [Parameter], _ body: ([UnsafePointer<CChar>?]) throws -> Value
    ) throws -> Value {
      let copies = parameters.map { parameter in
        parameter.bytes.map { bytes in
          let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, bytes.count))
          _ = copy.initialize(from: bytes.map(CChar.init(bitPattern:)))
          return copy
        }
      }
      defer { for copy in copies { copy?.deallocate() } }
      return try body(copies.map { copy in copy.flatMap { UnsafePointer($0.baseAddress) } })
    }
  }
#endif
