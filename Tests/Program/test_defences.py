"""What the server does, and does not do, on the wire: one defence each."""

import base64
import os
import re
import sqlite3

import pytest

from program import PASSWORD, Server, eventually

PAGES = [
    "/", "/login", "/register", "/registered", "/logout", "/protected", "/nowhere", "/health",
    "/account/sessions", "/account/password", "/account/confirm", "/recover"]


def assets(server) -> list[str]:
    found = sorted(set(re.findall(r'"(/latchkey/[^"]+)"', server.get("/login").text)))
    assert len(found) == 3
    return found


def header(answer, name: str) -> str:
    """The one header of the name."""
    [value] = answer.all(name)
    return value


@pytest.mark.clause("ASVS 6.3.2", "ASVS 13.2.3")
def test_a_new_database_has_no_account(tmp_path):
    with Server(tmp_path) as server:
        assert server.json("user", "list") == []
        for name in ("admin", "root", "latchkey", "user", "test"):
            for password in (name, "password", "changeme"):
                assert server.post("/login", {"username": name, "password": password}).status != 303


@pytest.mark.clause("ASVS 3.4.3", "ASVS 3.4.4", "ASVS 3.4.5", "ASVS 3.4.6", "ASVS 3.4.8", "ASVS 3.5.8")
def test_every_answer_tells_the_browser_what_to_refuse(server, account):
    cookie = server.log_in(account)
    answers = [server.get(path, cookie) for path in [*PAGES, *assets(server)]]
    answers += [server.get(path) for path in PAGES]
    answers += [server.post("/login", b"x", origin="https://evil.example"), server.request("PUT", "/login", [])]
    for answer in answers:
        policy = dict(part.strip().split(" ", 1) for part in header(answer, "content-security-policy").split(";"))
        # What is not named falls back to this, objects among it.
        assert policy["default-src"] == "'none'" and policy.get("object-src", "'none'") == "'none'"
        assert policy["base-uri"] == policy["frame-ancestors"] == "'none'" and policy["form-action"] == "'self'"
        assert set(policy.values()) <= {"'none'", "'self'"}, policy
        assert header(answer, "x-content-type-options") == "nosniff"
        assert header(answer, "referrer-policy") == "same-origin"
        assert header(answer, "cross-origin-opener-policy") == "same-origin"
        assert header(answer, "cross-origin-resource-policy") == "same-origin"


@pytest.mark.clause("ASVS 3.4.2", "ASVS 3.5.6")
def test_no_other_site_may_read_an_answer(server, account):
    cookie = server.log_in(account)
    for source in ("https://evil.example", "null", server.origin):
        for path in [*PAGES, *assets(server), "/login?callback=wheedled", "/health?callback=wheedled"]:
            answer = server.get(path, cookie, ("Origin", source))
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
            assert "wheedled" not in answer.text.replace("callback%3Dwheedled", "")


@pytest.mark.clause("ASVS 4.1.1", "ASVS 3.2.1")
def test_every_body_says_what_it_is(server):
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    for path in assets(server):
        assert header(server.get(path), "content-type") == kinds[path.rsplit(".")[-1]]
    for path in PAGES:
        answer = server.get(path)
        if answer.body:
            assert header(answer, "content-type") == (
                # JSON is UTF-8 by its own rule and has no such parameter (RFC 8259).
                "application/json" if path == "/health" else "text/html; charset=utf-8")
    # Asked for JSON, an error is JSON: markup in it is never a page.
    answer = server.request("GET", "/nowhere?<script>", [("Accept", "application/json")])
    assert header(answer, "content-type").startswith("application/json")


@pytest.mark.clause("ASVS 3.5.7")
def test_assets_are_the_same_for_everybody(server, account):
    cookie = server.log_in(account)
    for path in assets(server):
        assert server.get(path, cookie).body == server.get(path).body
        assert account not in server.get(path, cookie).text


@pytest.mark.clause("ASVS 14.3.2", "ASVS 14.2.2")
def test_no_cache_keeps_what_is_private(server, account):
    cookie = server.log_in(account)
    for path in PAGES:
        assert header(server.get(path, cookie), "cache-control") == "no-store"
    assert header(server.post("/login", {"username": account, "password": PASSWORD}), "cache-control") == "no-store"


@pytest.mark.clause("ASVS 13.4.5", "ASVS 13.4.6")
def test_nothing_tells_what_the_server_is_made_of(server):
    for path in ("/metrics", "/debug", "/status", "/docs", "/openapi.json", "/swagger", "/.well-known/", "/admin"):
        assert server.get(path).status == 404
    for path in [*PAGES, "/nowhere", "/%ZZ"]:
        answer = server.get(path)
        assert not answer.all("server") and not answer.all("x-powered-by")
        text = (answer.text + repr(answer.headers)).lower()
        assert not re.search(r"hummingbird|swift|sqlite|grdb|\bnio\b|/sources/", text), text


@pytest.mark.clause("ASVS 4.1.3", "ASVS 15.3.4")
def test_what_a_client_says_about_its_address_is_not_believed(server, account):
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP"):
        answer = server.post(
            "/login", {"username": account, "password": PASSWORD},
            headers=[(name, "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9"),
                     ("X-Forwarded-Proto", "https"), ("X-User-ID", "1"), ("X-Forwarded-User", "somebody")])
        assert answer.status == 303 and "Secure" not in header_of_session(answer)
    addresses = {session["address"] for session in server.json("session", "list", "--user", account)}
    assert addresses == {"127.0.0.1"}
    # A header that names a user logs nobody in.
    assert server.get("/protected", "", ("X-User-ID", "1"), ("X-Forwarded-User", account)).status == 303


def header_of_session(answer) -> str:
    [found] = [value for value in answer.all("set-cookie") if value.startswith("latchkey=")]
    return found


@pytest.mark.clause("ASVS 7.2.2", "ASVS 7.2.3", "NIST S1", "NIST W4")
def test_each_login_has_a_random_token_of_256_bits(server, account):
    tokens = {server.log_in(account).split("=")[1] for _ in range(20)}
    assert len(tokens) == 20
    for token in tokens:
        assert len(token) == 43
        decoded = base64.urlsafe_b64decode(token + "=")
        assert len(decoded) == 32 and account.encode() not in decoded
    # No byte of them stays the same.
    assert all(len({base64.urlsafe_b64decode(token + "=")[place] for token in tokens}) > 5 for place in range(32))


@pytest.mark.clause("ASVS 3.3.5")
def test_cookies_are_small(server, account):
    answers = [server.post("/login", {"username": account, "password": PASSWORD}),
               server.post("/color-mode", {"mode": "dark", "next": "/" + "a" * 4000})]
    cookies = [cookie for answer in answers for cookie in answer.all("set-cookie")]
    assert len(cookies) >= 2 and all(len(cookie) < 512 for cookie in cookies)


@pytest.mark.clause("ASVS 7.6.2")
def test_only_a_login_begins_a_session(server, name):
    fields = {"username": name, "password": PASSWORD, "confirm_password": PASSWORD}
    answers = [server.get(path) for path in PAGES]
    answers += [server.post("/register", fields), server.post("/color-mode", {"mode": "dark"})]
    answers += [server.post("/login", {"username": name, "password": "not the password"})]
    for answer in answers:
        assert not [cookie for cookie in answer.all("set-cookie") if re.match(r"latchkey=[^;]", cookie)]
    assert server.json("session", "list", "--user", name) == []


@pytest.mark.clause("ASVS 3.5.3")
def test_reading_changes_nothing(server, account, name):
    cookie = server.log_in(account)
    query = f"username={account}x&password=correct+horse+battery+staple&confirm_password=correct+horse+battery+staple"
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in ("/logout", f"/register?{query}", f"/login?{query}", "/color-mode?mode=dark"):
            answer = server.request(method, path, [("Cookie", cookie)])
            assert not answer.all("set-cookie"), (method, path)
    assert server.may_enter(cookie)
    assert server.command("user", "show", account + "x").returncode == 1


@pytest.mark.clause("ASVS 15.3.3", "ASVS 8.2.3")
def test_fields_that_nobody_asked_for_are_not_taken(server, name):
    more = {"id": "1", "enabled": "false", "is_enabled": "0", "role": "admin", "password_hash": "x", "created": "1970-01-01"}
    fields = {"username": name, "password": PASSWORD, "confirm_password": PASSWORD}
    assert server.post("/register", fields | more).status == 303
    shown = server.json("user", "show", name)
    assert shown["id"] != 1 or len(server.json("user", "list")) == 1
    assert shown["enabled"] is True and not shown["created"].startswith("1970")
    assert server.may_enter(server.log_in(name, **more))


@pytest.mark.clause("ASVS 6.4.2", "NIST P8", "NIST P9")
def test_there_is_no_hint_and_no_secret_question(server):
    for path, expected in (("/register?next=/x", {"username", "password", "confirm_password", "next"}),
                           ("/login?next=/x", {"username", "password", "next"})):
        [form] = re.findall(r"<form[^>]*data-enhance.*?</form>", server.get(path).text, re.S)
        assert set(re.findall(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"', form)) == expected


@pytest.mark.clause("ASVS 1.3.7")
@pytest.mark.parametrize("template", ["{{page.siteName}}", "{{{page.siteName}}}", "{{>layout}}", "{{#page}}x{{/page}}", "{{"])
def test_a_template_that_somebody_types_is_text(server, template):
    answer = server.post("/login", {"username": template, "password": "x"})
    assert answer.status == 422
    assert f'value="{template.replace(">", "&gt;")}"' in answer.text
    assert "<form" in server.get("/login?username=" + template.replace("#", "%23")).text


@pytest.mark.clause("ASVS 16.2.2")
def test_times_name_their_zone(server, account):
    server.log_in(account)
    lines = [line for line in server.log.splitlines() if line]
    assert lines
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d) ", line), line
    [session] = server.json("session", "list", "--user", account)
    assert all(session[key].endswith("Z") for key in ("created", "lastSeen", "expires"))


@pytest.mark.clause("ASVS 4.2.2", "ASVS 4.2.1")
def test_answers_on_one_connection_begin_where_the_last_one_ended(server, account):
    form = ("Content-Type", "application/x-www-form-urlencoded")
    asked = [("GET", "/", [], b"", 200), ("HEAD", "/login", [], b"", 200), ("GET", "/nowhere", [], b"", 404),
             ("POST", "/login", [("Origin", server.origin), form], b"username=a&password=b", 422),
             ("GET", "/protected", [], b"", 303), ("GET", "/health", [], b"", 200)]
    with server.wire() as wire:
        # All at once, then all answers: a wrong length would tear the next one apart.
        for method, path, headers, body, _ in asked:
            wire.send_request(method, path, [("Host", server.host), *headers], body)
        for method, _, _, _, status in asked:
            assert wire.answer(head=method == "HEAD").status == status
        assert wire.buffer == b""


@pytest.mark.clause("ASVS 16.3.4", "ASVS 16.5.1", "ASVS 16.5.2", "ASVS 16.5.3")
def test_a_broken_database_lets_nobody_in_and_work_goes_on_when_it_is_mended(tmp_path):
    with Server(tmp_path) as server:
        server.add("alice")
        cookie = server.log_in("alice")
        before = len(server.log)
        with sqlite3.connect(server.file) as db:
            db.execute("ALTER TABLE session RENAME TO gone")
        for answer in (server.get("/protected", cookie), server.post("/login", {"username": "alice", "password": PASSWORD})):
            assert answer.status == 503 and answer.all("retry-after")
            assert not re.search(r"session|sql|gone|table|/tmp", answer.text, re.I), answer.text
            assert not [value for value in answer.all("set-cookie") if re.match(r"latchkey=[^;]", value)]
        failures = [line for line in server.log[before:].splitlines() if " error " in line]
        assert len(failures) >= 2 and all("request.id=" in line for line in failures)
        with sqlite3.connect(server.file) as db:
            db.execute("ALTER TABLE gone RENAME TO session")
        assert server.may_enter(cookie)


@pytest.mark.clause("ASVS 1.4.3")
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_connections_that_break_leave_nothing_behind(server):
    def opened() -> int:
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    def storm() -> None:
        for number in range(60):
            with server.wire() as wire:
                wire.send(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nusername="[:20 + number])

    storm()
    server.assert_alive()
    eventually(lambda: opened() < 60)
    before = opened()
    for _ in range(5):
        storm()
    eventually(lambda: opened() <= before + 5)
