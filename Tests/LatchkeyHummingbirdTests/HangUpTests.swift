import Hummingbird
@testable import LatchkeyHummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// What is done for a client that has gone, at each moment at which it can go.
@Suite struct HangUpTests {
  private func auth(on channel: any Channel) -> RequestAuth {
    RequestAuth(
      source: ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test")))
  }

  /// As after an RST: its handlers are gone as well.
  private func closedChannel() async throws -> NIOAsyncTestingChannel {
    let channel = try await NIOAsyncTestingChannel { channel in
      try channel.pipeline.syncOperations.addHandler(HangUpHandler())
    }
    try await channel.close()
    return channel
  }

  @Test func `nothing is done for a client that went before anybody looked`() async throws {
    let auth = auth(on: try await closedChannel())
    await #expect(throws: ClientHungUp.self) {
      try await auth.whileConnected { Issue.record("done for nobody") }
    }
    let heard = Atomic(0)
    await auth.whenHangingUp({ heard.add(1, ordering: .relaxed) }) {}
    #expect(heard.load(ordering: .relaxed) == 1)
  }

  @Test(arguments: [true, false])
  func `a client that goes in the middle of it cancels it`(isReset: Bool) async throws {
    let channel = try await NIOAsyncTestingChannel { channel in
      try channel.pipeline.syncOperations.addHandler(HangUpHandler())
    }
    let auth = auth(on: channel)
    await #expect(throws: ClientHungUp.self) {
      try await auth.whileConnected {
        if isReset {
          try await channel.close()
        } else {
          channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        try await Task.sleep(for: .seconds(3600))
      }
    }
  }

  @Test func `whoever is cancelled by somebody else is told that`() async throws {
    let channel = try await NIOAsyncTestingChannel { channel in
      try channel.pipeline.syncOperations.addHandler(HangUpHandler())
    }
    let auth = auth(on: channel)
    let request = Task {
      try await auth.whileConnected { try await Task.sleep(for: .seconds(3600)) }
    }
    request.cancel()
    // As Hummingbird does when the server's time to stop is over.
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    await #expect(throws: CancellationError.self) { try await request.value }
  }

  @Test func `a test without a connection is served`() async throws {
    let auth = auth(on: NIOAsyncTestingChannel())
    #expect(try await auth.whileConnected { 1 } == 1)
    await auth.whenHangingUp({ Issue.record("nobody has gone") }) {}
  }
}
