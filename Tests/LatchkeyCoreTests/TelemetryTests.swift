import InMemoryTracing
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Metrics
import MetricsTestKit
import Testing
import Tracing

/// The same moments as counters and spans. Both systems are the process's own, so other suites that
/// run meanwhile add to them: counts are at least what is expected.
@Suite struct TelemetryTests {
  private static let metrics: TestMetrics = {
    let metrics = TestMetrics()
    MetricsSystem.bootstrap(metrics)
    return metrics
  }()
  private static let tracer: InMemoryTracer = {
    let tracer = InMemoryTracer()
    InstrumentationSystem.bootstrap(tracer)
    return tracer
  }()

  @Test func `events are counted and flows are spans, and neither holds a name or a secret`()
    async throws
  {
    let (metrics, tracer) = (Self.metrics, Self.tracer)
    try await AuthFixture.run { fixture in
      try await fixture.register("telemetria")
      _ = try await fixture.logIn("telemetria")
      _ = try await fixture.isRefused("telemetria", Password("wrong horse"))
      for (event, outcome) in [("logged-in", "success"), ("login-refused", "failure")] {
        let counter = try metrics.expectCounter(
          "latchkey_events", [("event", event), ("outcome", outcome)])
        #expect(counter.totalValue >= 1)
      }
      #expect(try metrics.expectTimer("latchkey_hash_duration").values.count >= 3)
      let names = Set(tracer.finishedSpans.map(\.operationName))
      #expect(names.isSuperset(of: ["latchkey.login", "latchkey.hash"]))
      #expect(!"\(tracer.finishedSpans)".contains("telemetria"))
    }
  }
}
