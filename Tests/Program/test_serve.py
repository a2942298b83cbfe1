"""The server's start, its end, its log and what survives a crash."""

import concurrent.futures
import re
import signal
import socket
import sqlite3
import threading

import pytest

from program import PASSWORD, Server, assert_one_line, command, eventually
from wire import NoAnswer


def test_health_is_200(server):
    answer = server.get("/health")
    assert answer.status == 200 and answer.text == '{"status":"ok"}'


def test_two_servers_on_one_port_say_which_port(tmp_path):
    with Server(tmp_path) as first:
        done = command(
            "serve", "--port", first.port, "--database", tmp_path / "second.db", cwd=tmp_path)
        assert_one_line_of_ours(done, f"Port {first.port} on 127.0.0.1 is in use")
        first.assert_alive()


def assert_one_line_of_ours(done, *parts):
    """The server has its log on standard error, too: the last line is the message."""
    assert done.returncode == 1, done
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT", line)] == lines[-1:], lines
    for part in ("Error: ", *parts):
        assert part in lines[-1], lines


@pytest.mark.parametrize("hostname, said", [
    ("no-such-host.invalid", "no-such-host.invalid"), ("203.0.113.1", "203.0.113.1")])
def test_an_address_that_is_not_ours_is_one_line(tmp_path, hostname, said):
    done = command("serve", "--port", "0", "--hostname", hostname, "--origin", "https://example.org", cwd=tmp_path)
    assert_one_line_of_ours(done, said)
    assert b"errno" not in done.stderr and b"SocketAddressError" not in done.stderr


@pytest.mark.clause("ASVS 12.2.1", "NIST S7")
@pytest.mark.parametrize("options", [
    ["--hostname", "0.0.0.0"], ["--hostname", "::"], ["--hostname", "0.0.0.0", "--origin", "http://example.org"],
    ["--origin", "http://example.org"], ["--hostname", "0.0.0.0", "--allow-plain-http"]])
def test_other_machines_are_not_served_over_plain_http(tmp_path, options):
    done = command("serve", "--port", "0", *options, cwd=tmp_path)
    assert_one_line(done, 1, "plain http", "https://")


@pytest.mark.parametrize("options, environment, settings", [
    (["--origin", "https://example.org"], {}, {}),
    (["--origin", "http://192.0.2.1:3000", "--allow-plain-http"], {}, {}),
    (["--origin", "http://192.0.2.1:3000"], {"LATCHKEY_ALLOW_PLAIN_HTTP": "true"}, {}),
    ([], {}, {"allowPlainHTTP": True, "origin": "http://192.0.2.1:3000"})])
def test_other_machines_are_served_when_that_is_said(tmp_path, options, environment, settings):
    with Server(tmp_path, "--hostname", "0.0.0.0", *options, settings=settings, **environment) as server:
        server.add("alice")
        assert server.may_enter(server.log_in("alice"))


def test_the_refusal_names_the_option(tmp_path):
    done = command("serve", "--port", "0", "--hostname", "0.0.0.0", cwd=tmp_path)
    assert_one_line(done, 1, "--allow-plain-http", "--origin")


# --- Behind https

@pytest.mark.clause("ASVS 3.3.1", "ASVS 3.3.2", "ASVS 3.3.3", "ASVS 3.4.1", "ASVS 3.5.1", "NIST W1", "NIST W2")
def test_an_https_origin_makes_everything_strict(tmp_path):
    with Server(tmp_path, "--origin", "https://Example.org/") as server:
        assert server.origin == "https://example.org"
        server.add("alice")
        fields = {"username": "alice", "password": PASSWORD}
        answer = server.post("/login", fields)
        ages = {}
        for cookie in answer.all("set-cookie"):
            name, *attributes = cookie.split("; ")
            # These, once each, and nothing else: no Domain.
            [ages[name.split("=")[0]]] = set(attributes) - {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
            assert len(attributes) == 5, attributes
        assert ages == {"__Host-latchkey": "Max-Age=604800", "__Host-latchkey-device": "Max-Age=31536000"}
        for page in ("/", "/login", "/nowhere", "/health"):
            assert server.get(page)["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        chosen = server.post("/color-mode", {"mode": "dark"})
        assert chosen["set-cookie"].startswith("__Host-") and "; Secure" in chosen["set-cookie"]
        assert server.may_enter(answer.cookie())
        # The development name is no door.
        assert not server.may_enter(answer.cookie().removeprefix("__Host-"))
        for origin in (f"http://localhost:{server.port}", "http://example.org", "https://example.org:444",
                       "https://example.org.evil.example", "https://sub.example.org", "null"):
            assert server.post("/login", fields, origin=origin).status == 403, origin
        left = server.post("/logout", b"", answer.cookie())
        assert left["set-cookie"].startswith("__Host-latchkey=;") and "Secure" in left["set-cookie"]


# --- The end

def slow(tmp_path) -> Server:
    """Hashes of a good quarter of a second, one after the other."""
    return Server(tmp_path, settings={
        "password": {"scheme": "bcrypt", "bcryptCost": 12}, "hashing": {"lanes": 1}})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_finishes_what_it_has_begun(tmp_path, number):
    server = slow(tmp_path).start()
    try:
        server.ok("user", "add", "alice", "--password", stdin=PASSWORD)  # argon2id: re-hashed at the first login
        body = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()
        wires = [server.wire() for _ in range(6)]
        for wire in wires:
            wire.send_request("POST", "/login", [
                ("Host", server.host), ("Origin", server.origin),
                ("Content-Type", "application/x-www-form-urlencoded")], body)
        # When the first is answered, the server has accepted and read the others.
        assert wires[0].answer().status == 303
        server.signal(number)
        answers = [wire.answer() for wire in wires[1:]]
        assert [answer.status for answer in answers] == [303] * 5
        assert server.wait() == 0
        for wire in wires:
            assert wire.ended()
            wire.socket.close()
        assert len(server.json("session", "list")) == 6
        assert "Fatal error" not in server.log and " error " not in server.log, server.log[-2000:]
    finally:
        server.kill()


def test_a_stopped_server_takes_no_new_connections(tmp_path):
    server = Server(tmp_path).start()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_idle_connections_do_not_keep_the_server(tmp_path):
    server = Server(tmp_path).start()
    try:
        fresh, used = server.wire(), server.wire()
        used.send_request("GET", "/health", [("Host", server.host)])
        assert used.answer().status == 200
        server.stop()
        fresh.socket.close(), used.socket.close()
    finally:
        server.kill()


def test_sessions_live_on_over_a_restart(tmp_path):
    server = Server(tmp_path).start()
    server.add("alice")
    cookie = server.log_in("alice")
    server.stop()
    with server:
        assert server.may_enter(cookie)


# --- Two at once, and the end without a word

@pytest.mark.clause("ASVS 7.4.1", "NIST S3")
def test_servers_that_start_at_once_on_a_new_database_agree(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: Server(tmp_path).start(), range(4)))
    try:
        servers[0].add("alice")
        cookie = servers[1].log_in("alice")
        assert all(server.may_enter(cookie) for server in servers)
        assert servers[2].post("/logout", b"", cookie).status == 303
        assert not any(server.may_enter(cookie) for server in servers)
    finally:
        for server in servers:
            server.stop()


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    server = Server(tmp_path)
    acknowledged: set[str] = set()
    for round_ in range(3):
        server.start()
        enough = threading.Event()
        found: list[str] = []

        def register(worker: int) -> None:
            for number in range(400):
                name = f"r{round_}w{worker}n{number}"
                fields = {"username": name, "password": PASSWORD, "confirm_password": PASSWORD}
                try:
                    answer = server.post("/register", fields)
                except (NoAnswer, OSError):
                    return  # killed
                assert answer.status in (303, 503), answer.text
                if answer.status == 303:
                    found.append(name)
                    if len(found) >= 150:
                        enough.set()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            storm = [pool.submit(register, worker) for worker in range(8)]
            assert enough.wait(60)
            server.kill()
            for future in storm:
                future.result()
        acknowledged |= set(found)
        with sqlite3.connect(server.file) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            names = {name for name, in db.execute("SELECT username FROM account")}
        db.close()
        assert acknowledged <= names, acknowledged - names
    with server:
        for name in (min(acknowledged), max(acknowledged)):
            assert server.may_enter(server.log_in(name))


@pytest.mark.clause("ASVS 2.3.4", "ASVS 15.4.2")
def test_of_many_registrations_of_one_name_one_succeeds(server, name):
    fields = {"username": name, "password": PASSWORD, "confirm_password": PASSWORD}
    spellings = [name, name.upper(), name.capitalize()]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda number: server.post("/register", fields | {"username": spellings[number % 3]}), range(48)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(303) == 1 and statuses.count(422) == 47, statuses
    assert len([1 for record in server.json("user", "list") if record["username"].lower() == name]) == 1


# --- The log

@pytest.mark.clause("ASVS 16.2.5", "ASVS 14.2.4", "ASVS 16.3.2")
def test_every_request_is_one_line_with_an_id_and_no_secret(tmp_path):
    secrets = []
    with Server(tmp_path, LATCHKEY_LOG_LEVEL="trace") as server:
        begin = len(server.log)
        password, wrong = "S3cretPassw0rd", "Wr0ngPassw0rd"
        secrets += [password, wrong, "TypedAsTheName", "InTheQuery", "Forg3dCookie", "SecretHeader"]
        requests = 0

        def ask(method, *arguments, **more):
            nonlocal requests
            requests += 1
            return getattr(server, method)(*arguments, **more)

        fields = {"username": "alice", "password": password}
        assert ask("post", "/register", fields | {"confirm_password": wrong}).status == 422
        assert ask("post", "/register", fields | {"confirm_password": password}).status == 303
        assert ask("post", "/login", fields | {"password": wrong}).status == 422
        assert ask("post", "/login", {"username": "TypedAsTheName", "password": wrong}).status == 422
        cookie = ask("post", "/login", fields | {"next": "/protected?x=InTheQuery"}).cookie()
        secrets.append(cookie.split("=")[1])
        assert ask("get", "/protected?token=InTheQuery", cookie).status == 200
        assert ask("get", "/protected?token=InTheQuery").status == 303
        assert ask("get", "/nowhere?InTheQuery", "latchkey=Forg3dCookie").status == 404
        assert ask("get", "/", "", ("Authorization", "Bearer SecretHeader"), ("X-Token", "SecretHeader")).status == 200
        assert ask("post", "/login", b'{"username": "a", "password": 5}', content_type="application/json").status == 422
        assert ask("post", "/login", b"password=" + wrong.encode() + b"%ZZ").status == 400
        assert ask("post", "/login", fields, origin="https://evil.example").status == 403
        assert ask("post", "/login", fields, content_type="text/plain").status == 415
        assert ask("request", "PUT", "/login", [("Origin", server.origin)]).status == 405
        assert ask("request", "HEAD", "/").status == 200
        assert ask("post", "/logout", b"", cookie).status == 303
        server.ok("user", "set-password", "alice", stdin=wrong)
        with sqlite3.connect(server.file) as db:
            hashes = [text for text, in db.execute("SELECT password_hash FROM account")]
        secrets += [*hashes, "$2b$", "$argon2"]
        lines = [line for line in server.log[begin:].splitlines() if line.endswith(" request")]
        assert len(lines) == requests
        for line in lines:
            assert re.search(r"request\.id=[0-9a-f]{16,}\b", line), line
            assert re.search(r"\bmethod=(GET|HEAD|POST|PUT)\b", line), line
            assert re.search(r"\bstatus=\d{3}\b", line) and re.search(r"\bpath=/\S*", line), line
        assert [line for line in lines if "method=POST" in line and "path=/login" in line and "status=403" in line]
        assert [line for line in lines if "path=/protected" in line and "status=303" in line]
        ids = re.findall(r"request\.id=([0-9a-f]+)", "\n".join(lines))
        assert len(set(ids)) == len(ids)
    for secret in secrets:
        assert secret not in server.log, secret


def test_the_id_on_an_error_page_is_the_one_in_the_log(server):
    [shown] = re.findall(r"<code>([0-9a-f]+)</code>", server.get("/nowhere-at-all").text)
    eventually(lambda: f"request.id={shown} " in server.log)


@pytest.mark.clause("ASVS 16.2.4")
def test_what_a_request_brings_about_has_its_id_in_the_log(server, account):
    before = len(server.log)
    server.log_in(account)
    [line] = [line for line in server.log[before:].splitlines() if line.endswith(" logged-in")]
    assert "request.id=" in line, line


@pytest.mark.clause("ASVS 16.4.1")
def test_a_path_cannot_write_a_second_line_into_the_log(server):
    before = len(server.log)
    for path in ("/a%0d%0a2026-01-01T00:00:00+0000%20info%20forged", "/a\x1b[31mred", "/a%1b[31m"):
        server.get(path)
    new = server.log[before:]
    assert "\x1b" not in new
    assert all(line.startswith("2") and line.endswith(" request") for line in new.splitlines()), new
