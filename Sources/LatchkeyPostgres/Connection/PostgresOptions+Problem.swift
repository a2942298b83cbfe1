#if Postgres
  internal import CLibPQ

  extension PostgresOptions {
    /// Why libpq could make nothing of it, or would take a part of the password for something else: what
    /// it says then has that part in it. Nil when it can be read.
    var problem: String? {
      if let url = URLParts(connection) {
        // In front of the host stands one @; another one, or one behind it, was part of a password, and
        // so was what stands in the place of a port and is none.
        if url.place.count(where: { $0 == "@" }) > 1 || url.path.contains("@")
          || !url.place.isEmpty && !url.place.contains("@") && url.rest.contains("@")
          || !url.ports.allSatisfy({ $0.allSatisfy(\.isNumber) })
        {
          return Self.unreadable
        }
        let known = Self.keywords
        if let name = url.parameters.first(where: { !known.contains($0) }) {
          // Only what is written as a keyword is: it may be anything.
          return name.allSatisfy { $0.isLowercase && $0.isASCII || $0 == "_" }
            ? "libpq knows no parameter \(name), which stands in its URL" : Self.unreadable
        }
      }
      guard let options = PQconninfoParse(connection, nil) else { return Self.unreadable }
      PQconninfoFree(options)
      return nil
    }

    private static let unreadable =
      "its URL cannot be read. It looks so, with a % code for each special character in the password "
      + "(%40 for @, %2F for /): postgres://user:password@host:5432/database?sslmode=verify-full"

    private static var keywords: Set<String> {
      guard let first = PQconndefaults() else { return [] }
      defer { PQconninfoFree(first) }
      // JDBC's word, which libpq reads, too.
      var found: Set = ["ssl"]
      var option = first
      while let keyword = option.pointee.keyword {
        found.insert(String(cString: keyword))
        option += 1
      }
      return found
    }

    /// `postgres://place/rest?name=value&…`
    private struct URLParts {
      let place: Substring
      let rest: Substring
      /// What of the rest stands before the parameters.
      let path: Substring
      let parameters: [String]

      /// Behind the last colon of each host that is no part of an IPv6 address.
      var ports: [Substring] {
        let hosts = place[
          (place.lastIndex(of: "@").map(place.index(after:)) ?? place.startIndex)...]
        return hosts.split(separator: ",").compactMap { host in
          let end = host.lastIndex(of: "]") ?? host.startIndex
          return host[end...].lastIndex(of: ":").map { host[host.index(after: $0)...] }
        }
      }

      init?(_ text: String) {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"),
          let start = text.firstRange(of: "://")?.upperBound
        else { return nil }
        let end = text[start...].firstIndex { "/?".contains($0) } ?? text.endIndex
        place = text[start..<end]
        rest = text[end...]
        path = rest.prefix { $0 != "?" }
        let query = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        parameters = (query.count > 1 ? query[1] : "").split(separator: "&").map { pair in
          String(pair.prefix { $0 != "=" })
        }
      }
    }
  }
#endif
