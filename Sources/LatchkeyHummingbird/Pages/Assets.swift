import Crypto
import HTTPTypes
import Hummingbird

/// The stylesheet, the script and the icon: part of the program, so no folder is served.
struct Assets: Sendable {
  struct Asset: Sendable {
    let body: ByteBuffer
    let type: String
    /// The address holds the digest of the content, so a browser may keep it for ever.
    let path: String
    let eTag: String
  }

  let stylesheet: Asset
  let script: Asset
  let icon: Asset

  init(folder: String) {
    func asset(_ bytes: [UInt8], _ name: String, _ type: String) -> Asset {
      let digest = SHA256.hash(data: bytes).prefix(8).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
      return Asset(
        body: ByteBuffer(bytes: bytes), type: type, path: "\(folder)/\(digest)/\(name)",
        eTag: "\"\(digest)\"")
    }
    stylesheet = asset(PackageResources.latchkey_css, "latchkey.css", "text/css; charset=utf-8")
    script = asset(PackageResources.latchkey_js, "latchkey.js", "text/javascript; charset=utf-8")
    icon = asset(PackageResources.icon_svg, "icon.svg", "image/svg+xml")
  }

  var all: [Asset] { [stylesheet, script, icon] }
}

extension Assets.Asset {
  func response(to request: Request) -> Response {
    let caching: HTTPFields = [
      .eTag: eTag, .cacheControl: "public, max-age=31536000, immutable",
    ]
    if request.headers[.ifNoneMatch] == eTag {
      return Response(status: .notModified, headers: caching)
    }
    var response = Response.content(body, type: type)
    response.headers.append(contentsOf: caching)
    return response
  }
}
