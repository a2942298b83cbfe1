import Foundation
import Synchronization
public import Testing

/// The clauses of a standard that a test shows, such as `.clause("ASVS 6.2.4", "NIST P12")`.
///
/// When `LATCHKEY_EVIDENCE` names a folder, a test that passes leaves a line for each clause in its
/// `swift.tsv`, from which `script/ledger` makes the ledger.
public struct ClauseTrait: TestTrait, SuiteTrait, TestScoping {
  let clauses: [String]

  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let failures = Mutex(0)
    // An expectation that fails does not throw, so issues are counted on their way.
    try await IssueHandlingTrait.compactMapIssues { issue in
      failures.withLock { $0 += 1 }
      return issue
    }.provideScope(for: test, testCase: testCase, performing: function)
    if testCase != nil, failures.withLock({ $0 }) == 0 { try Evidence.add(clauses, test) }
  }
}

extension Trait where Self == ClauseTrait {
  public static func clause(_ clauses: String...) -> Self { ClauseTrait(clauses: clauses) }
}

private enum Evidence {
  private static let lock = Mutex(())

  static func add(_ clauses: [String], _ test: Test) throws {
    guard let folder = ProcessInfo.processInfo.environment["LATCHKEY_EVIDENCE"] else { return }
    let suite = test.id.nameComponents.first ?? test.id.moduleName
    let name = (test.displayName ?? test.name).replacing("`", with: "")
    let lines = clauses.map { "\($0)\t\(suite)\t\(name)\n" }.joined()
    try lock.withLock { _ in
      let file = folder + "/swift.tsv"
      if !FileManager.default.fileExists(atPath: file) {
        _ = FileManager.default.createFile(atPath: file, contents: nil)
      }
      guard let handle = FileHandle(forWritingAtPath: file) else {
        throw CocoaError(.fileNoSuchFile)
      }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(lines.utf8))
      try handle.close()
    }
  }
}
