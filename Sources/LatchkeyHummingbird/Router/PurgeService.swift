import AsyncAlgorithms
import LatchkeyCore
import Logging
import ServiceLifecycle

/// Deletes what has reached its end, at the start and then every ten minutes.
struct PurgeService: Service {
  let auth: LocalAuth

  func run() async throws {
    let rounds = AsyncTimerSequence(interval: .seconds(600), clock: .continuous)
    for try await _ in chain([ContinuousClock.now].async, rounds).cancelOnGracefulShutdown() {
      do {
        let count = try await cancelWhenGracefulShutdown { try await auth.purge() }
        if count > 0 { auth.logger.info("purged", metadata: ["rows": "\(count)"]) }
      } catch is CancellationError {
        return
      } catch {
        // Expired rows open nothing. The next round tries again.
        auth.logger.warning("not purged", metadata: ["error": "\(error)"])
      }
    }
  }
}
