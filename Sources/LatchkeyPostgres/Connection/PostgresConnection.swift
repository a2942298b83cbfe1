#if Postgres
  import Foundation
  import Synchronization

  /// A connection with a thread of its own: libpq blocks while the server works. The session stays on
  /// that thread; what is to be done with it comes there.
  final class PostgresConnection: Sendable {
    private typealias Job = @Sendable (inout PostgresSession?) -> Void

    private let jobs = Queue()
    private let options: PostgresOptions

    init(_ options: PostgresOptions) {
      self.options = options
      let thread = Thread { [jobs] in
        var session: PostgresSession?
        while let job = jobs.next() { job(&session) }
      }
      thread.name = "latchkey postgres"
      thread.start()
    }

    /// Ends the thread, and with it the session.
    deinit { jobs.add(nil) }

    /// - Parameter body: runs on the thread. The session is opened first, if there is none.
    func run<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      do {
        return try await runOrRefuse(body)
      } catch let refused as Refused {
        throw refused.error
      }
    }

    /// There is no session, and none could be opened.
    struct Refused: Error {
      let error: any Error
    }

    /// - Throws: ``Refused`` before the body has run.
    func runOrRefuse<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await withCheckedThrowingContinuation { continuation in
        jobs.add { [options] session in
          continuation.resume(
            with: Result {
              let open = try session ?? Self.opened(options)
              session = open
              do {
                return try body(open)
              } catch {
                if case PostgresError.connectionLost = error { session = nil }
                if !open.isUsable { session = nil }
                throw error
              }
            })
        }
      }
    }

    private static func opened(_ options: PostgresOptions) throws -> PostgresSession {
      do { return try PostgresSession(options) } catch { throw Refused(error: error) }
    }

    /// What is to be done, in order; nil at the end.
    private final class Queue: Sendable {
      private let jobs = Mutex<[Job?]>([])
      private let count = DispatchSemaphore(value: 0)

      func add(_ job: Job?) {
        jobs.withLock { $0.append(job) }
        count.signal()
      }

      func next() -> Job? {
        count.wait()
        return jobs.withLock { $0.removeFirst() }
      }
    }
  }
#endif
