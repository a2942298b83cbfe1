"""Bad input on the wire: a clear 4xx each time, never a 500, and the server goes on."""

import json

import pytest

from program import PASSWORD
from wire import NoAnswer

FORM = "application/x-www-form-urlencoded"


def says_what_to_do(answer, *statuses: int) -> None:
    assert answer.status in statuses, (answer.status, answer.text[:500])
    assert answer["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in answer.text
    assert answer["content-security-policy"] and answer["cache-control"] == "no-store"


@pytest.mark.clause("ASVS 2.2.1", "ASVS 1.3.3", "ASVS 15.3.7")
@pytest.mark.parametrize("body, status", [
    (b"", 422), (b"username=a", 422), (b"password=x", 422), (b"&&&=&", 422), (b"username", 422),
    (b"username=a&username=b&password=x", 400), (b"username=a&password=x&password=x", 400),
    (b"username=%ZZ&password=x", 400), (b"username=a%&password=x", 400), (b"username=a&password=%f", 400),
    (b"username=%FF%FE&password=x", 400), (b"\xff\xfe=x&username=\xc3\x28", 400), (b"username=%ED%A0%80", 400),
    (b"username=a%00b&password=c%00d", 422), (b"username=" + b"a" * 5000 + b"&password=x", 422),
    (b"username=a&password=" + b"x" * 5000, 422), (b"username=a&password=" + b"x" * 60_000, 422),
    (b"username=a&password=" + b"x" * 70_000, 413), (b"other=" + b"x" * 70_000, 413),
    (b"x" * 60_000, 422), (b"&" * 60_000, 422), (b"username=a;password=b", 422),
])
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_form_that_is_wrong(server, path, body, status):
    says_what_to_do(server.post(path, body), status)


@pytest.mark.clause("ASVS 3.5.2")
@pytest.mark.parametrize("path", ["/login", "/register", "/color-mode"])
@pytest.mark.parametrize("content_type, status", [
    (None, 415), ("", 415), ("text/plain", 415), ("multipart/form-data; boundary=x", 415), (";", 415),
    ("application/xml", 415), (FORM + "; charset=latin-1", 422), (FORM.upper(), 422)])
def test_a_type_that_is_no_form(server, path, content_type, status):
    expected = 400 if path == "/color-mode" and status == 422 else status
    says_what_to_do(server.post(path, b"username=a&password=x", content_type=content_type), expected)


VALUES = [5, -1.5, 1e308, True, False, [], ["a"], {}, {"a": 1}, "\0", "\ud800", "a" * 5000, None, ""]


@pytest.mark.clause("ASVS 1.5.2", "ASVS 15.3.5")
@pytest.mark.parametrize("field", ["username", "password", "confirm_password", "next"])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_every_field_with_every_json_type(server, path, field, value):
    fields = {"username": "<no such name>", "password": PASSWORD, "confirm_password": PASSWORD}
    answer = server.post(
        path, json.dumps(fields | {field: value}).encode(), content_type="application/json",
        headers=[("Accept", "application/json")])
    assert answer.status in (400, 422), answer.text
    assert answer["content-type"].startswith("application/json")
    assert json.loads(answer.text)["message"]


@pytest.mark.clause("ASVS 1.5.2", "ASVS 15.3.7")
@pytest.mark.parametrize("body", [
    b'{"username": "a", "password": "x", "username": "b"}', b"", b"{", b"null", b"[]", b"5", b'"text"', b"\xff", b'{"username": "a", "username": "b"}',
    b"[" * 60_000, b'{"a":' * 10_000, b'{"username": "\xc3\x28"}', b'{"username": "a"} trailing'])
def test_json_that_is_wrong(server, body):
    answer = server.post("/login", body, content_type="application/json", headers=[("Accept", "application/json")])
    assert answer.status in (400, 422), answer.text


HOSTILE_NEXT = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
    "javascript:alert(1)", "/\t/evil.example", "\n//evil.example", "/%0d%0aSet-Cookie:x=1\r\nX: y", "///evil.example",
    "/a\r\nSet-Cookie: latchkey=planted", "http://localhost@evil.example", "", "x", "/é", "/" + "a" * 5000, "\0/",
]


@pytest.mark.clause("ASVS 1.2.2", "ASVS 3.7.2")
@pytest.mark.parametrize("target", HOSTILE_NEXT)
def test_a_hostile_next_leads_home(server, account, target):
    answer = server.post("/login", {"username": account, "password": PASSWORD, "next": target})
    assert answer.status == 303 and answer["location"] == "/", answer["location"]
    assert [value.split("=")[0] for value in answer.all("set-cookie")] == ["latchkey", "latchkey-device"]
    assert "evil.example" not in server.get("/login?next=" + target.encode().hex()).text


@pytest.mark.parametrize("query", [
    b"next=%ZZ", b"next=/a&next=/b", b"next=%FF", b"username=%00", b"&&&", b"=", b"username=" + b"a" * 4000,
    b"username=%3Cscript%3E&next=%2F%2Fevil.example", b"\xc3\xa9", b"next=/protected#frag"])
@pytest.mark.parametrize("path", ["/login", "/register", "/registered", "/logout", "/"])
def test_a_damaged_link_still_opens_its_page(server, path, query):
    answer = server.get(path.encode() + b"?" + query)
    assert answer.status in (200, 400), answer.text[:200]
    assert "<script>" not in answer.text and "evil.example" not in answer.text.replace("%2F%2Fevil.example", "")


@pytest.mark.clause("ASVS 7.2.1")
@pytest.mark.parametrize("cookie", [
    "latchkey=", "latchkey", "latchkey=x", "latchkey=" + "A" * 43, "latchkey=" + "A" * 5000, "=", ";;;", "latchkey=%00",
    "latchkey=\"quoted\"", "__Host-latchkey=" + "A" * 43, "latchkey-color-mode=<script>", "latchkey=FIXED-BY-ATTACKER",
    "latchkey=é"])
def test_an_unknown_cookie_is_nobody(server, account, cookie):
    assert not server.may_enter(cookie)
    assert server.get("/", cookie).status == 200
    answer = server.post("/login", {"username": account, "password": PASSWORD}, cookie)
    assert answer.status == 303 and server.may_enter(answer.cookie())
    assert not server.may_enter(cookie)


@pytest.mark.clause("ASVS 4.1.4", "ASVS 13.4.4")
@pytest.mark.parametrize("path, allowed", [
    ("/", {"GET", "HEAD"}), ("/login", {"GET", "HEAD", "POST"}), ("/register", {"GET", "HEAD", "POST"}),
    ("/logout", {"GET", "HEAD", "POST"}), ("/health", {"GET", "HEAD"}), ("/color-mode", {"POST"}),
    ("/registered", {"GET", "HEAD"}), ("/recover", {"GET", "HEAD", "POST"})])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_405_with_allow(server, path, allowed, method):
    answer = server.request(method, path, [])
    if method in allowed:
        assert answer.status == 200
        if method == "HEAD":
            assert answer["content-length"] == server.get(path)["content-length"]
    else:
        assert answer.status == 405
        assert set(answer["allow"].split(", ")) == allowed


@pytest.mark.clause("ASVS 13.4.1", "ASVS 13.4.3", "ASVS 13.4.7", "ASVS 14.2.5")
@pytest.mark.parametrize("path", [
    "/nope", "/login/extra", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/latchkey/", "/latchkey/x/latchkey.css",
    "/.git/config", "/%00", "/%ZZ", "/" + "a" * 6000, "//evil.example", "/login%2f"])
def test_an_unknown_page_is_404(server, path):
    says_what_to_do(server.get(path.encode("latin-1")), 404, 400)


@pytest.mark.clause("ASVS 4.2.1")
def test_a_request_that_is_no_http_is_refused(server):
    for data in (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                 b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        with server.wire() as wire:
            wire.send(data)
            wire.finish_sending()
            try:
                assert 400 <= wire.answer().status < 500
            except NoAnswer:
                pass  # Closed without a word: also an answer.


@pytest.mark.clause("ASVS 2.3.2")
def test_too_large_a_body_is_refused_before_it_is_sent(server):
    with server.wire() as wire:
        wire.send_request("POST", "/login", [
            ("Host", server.host), ("Origin", server.origin), ("Content-Type", FORM),
            ("Content-Length", str(10 ** 12))])
        assert wire.answer().status == 413


@pytest.mark.clause("ASVS 2.3.2")
def test_an_endless_body_is_cut_off(server):
    with server.wire() as wire:
        wire.send_request("POST", "/login", [
            ("Host", server.host), ("Origin", server.origin), ("Content-Type", FORM),
            ("Transfer-Encoding", "chunked")])
        for _ in range(100):
            wire.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        assert wire.answer().status == 413


@pytest.mark.clause("ASVS 4.2.1", "ASVS 16.5.3")
def test_a_body_that_ends_early_is_no_login(server, account):
    body = f"username={account}&password={PASSWORD.replace(' ', '+')}".encode()
    with server.wire() as wire:
        wire.send_request("POST", "/login", [
            ("Host", server.host), ("Origin", server.origin), ("Content-Type", FORM),
            ("Content-Length", str(len(body) + 10))], body)
        wire.finish_sending()
        try:
            assert wire.answer().status != 303
        except NoAnswer:
            pass
    assert server.json("session", "list", "--user", account) == []


def test_headers_beyond_the_limit_are_refused(server):
    with server.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(
            b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(200)) + b"\r\n")
        try:
            assert 400 <= wire.answer().status < 500
        except NoAnswer:
            pass
