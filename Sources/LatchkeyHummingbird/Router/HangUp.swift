import NIOCore
import Synchronization

/// Whether the client of a connection has gone: it has closed its side. (One that closes its side to
/// say that it has sent all, and goes on reading, looks the same. Browsers and proxies do not do that.)
final class HangUp: Sendable {
  private struct State {
    var hasHappened = false
    var waiting: [(id: UInt64, action: @Sendable () -> Void)] = []
    var lastID: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Does something that nobody needs once the client has gone, and then cancels it.
  func cancelling<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    do {
      return try await noticing(task.cancel) {
        try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
      }
    } catch is CancellationError where !Task.isCancelled && state.withLock({ $0.hasHappened }) {
      // (When the server stops, this task is cancelled, and its connections are closed as well.)
      throw ClientHungUp()
    }
  }

  /// Calls `action` when the client goes, or has gone, while `work` is being done.
  func noticing<Value>(
    _ action: @escaping @Sendable () -> Void, while work: () async throws -> Value
  ) async rethrows -> Value {
    let id = whenHappening(action)
    defer { state.withLock { $0.waiting.removeAll { $0.id == id } } }
    return try await work()
  }

  private func whenHappening(_ action: @escaping @Sendable () -> Void) -> UInt64 {
    let (id, isLate) = state.withLock { state in
      state.lastID += 1
      state.waiting.append((state.lastID, action))
      return (state.lastID, state.hasHappened)
    }
    if isLate { action() }
    return id
  }

  fileprivate func happen() {
    let actions = state.withLock { state in
      state.hasHappened = true
      return state.waiting.map(\.action)
    }
    for action in actions { action() }
  }
}

/// Nobody waits for the answer any more, so nothing went wrong.
struct ClientHungUp: Error {}

/// Stands in each connection of ``LocalAuth/application(router:hostname:port:onListening:)``.
final class HangUpHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = NIOAny

  let hangUp = HangUp()

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { hangUp.happen() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    hangUp.happen()
    context.fireChannelInactive()
  }
}
