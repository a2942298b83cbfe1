/// Comparison whose time depends on the lengths alone (ASVS 11.2.4).
package enum ConstantTime {
  package static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>)
    -> Bool
  {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
