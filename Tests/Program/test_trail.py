"""The audit trail: each step in it, each change of it found, followed from another process."""

import getpass
import hashlib
import json
import re
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest

from program import CHEAP, ENVIRONMENT, PASSWORD, SAFETY_SECONDS, Database, Server, assert_one_line, binary, eventually

NEW = "a new horse altogether"
WRONG = "not the password"
AGENT = "Audited/1.0 (Linux)"
TRIGGERS = ("audit_is_never_changed", "audit_is_only_removed_behind_the_anchor", "audit_is_only_appended")


def tamper(database: Database, *statements: str) -> None:
    """What somebody does who may write to the file: the triggers are no obstacle to them."""
    with closing(sqlite3.connect(database.file)) as db:
        kept = [sql for sql, in db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")]
        assert len(kept) == len(TRIGGERS)
        for name in TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        # As if nothing had been.
        for sql in kept:
            db.execute(sql)
        db.commit()


def rows(database: Database) -> list[tuple]:
    with closing(sqlite3.connect(database.file)) as db:
        return db.execute(
            "SELECT number, at_ms, event, succeeded, account_id, session_id, source, origin, user_agent, details, hash "
            "FROM audit ORDER BY number").fetchall()


def link(previous: bytes, row: tuple) -> bytes:
    """The chain, computed by somebody else: what the documents say and nothing more."""
    number, at, event, succeeded, account, session, source, origin, agent, details, _ = row
    fields = [previous.hex(), number, at, event, succeeded, account, session, source, origin, agent]
    for name, text in sorted(json.loads(details).items()):
        fields += [name, text]
    digest = hashlib.sha256()
    for field in fields:
        data = ("" if field is None else str(field)).encode()
        digest.update(str(len(data)).encode() + b":" + data)
    return digest.digest()


@pytest.fixture
def trail(database):
    """A trail of some rows of each source."""
    with Server(database.folder) as server:
        server.add("ada"), server.add("bob")
        cookie = server.log_in("ada")
        server.post("/login", {"username": "ada", "password": WRONG})
        server.post("/logout", b"", cookie)
        server.ok("user", "disable", "bob"), server.ok("user", "enable", "bob")
    assert len(rows(database)) == 7
    return database


# --- What is in it

@pytest.mark.clause("ASVS 16.2.1", "ASVS 16.3.1", "ASVS 16.3.3")
def test_each_step_of_a_visitor_leaves_its_event(tmp_path):
    with Server(tmp_path) as server:
        def post(path, fields, cookie=""):
            return server.post(path, fields, cookie, headers=[("User-Agent", AGENT)])

        def happened() -> list[tuple]:
            """What is new, and that it says who, when, where and with what."""
            records = server.json("audit", "list", "--last", "100000")
            new, happened.count = records[happened.count:], len(records)
            for record in new:
                assert (record["source"], record["origin"], record["userAgent"]) == ("client", "127.0.0.1", AGENT), record
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", record["at"])
            return [(record["event"], record["outcome"], record.get("account"), "session" in record,
                     record["details"].get("reason")) for record in new]

        happened.count = 0
        fields = {"username": "ada", "password": PASSWORD, "confirm_password": PASSWORD}
        assert post("/register", fields).status == 303
        assert happened() == [("registered", "success", 1, False, None)]
        assert post("/register", fields | {"username": "ADA"}).status == 422
        assert happened() == [("registration-refused", "failure", None, False, "name taken")]
        assert post("/login", {"username": "ada", "password": WRONG}).status == 422
        assert happened() == [("login-refused", "failure", 1, False, "password")]
        assert post("/login", {"username": WRONG, "password": WRONG}).status == 422
        assert happened() == [("login-refused", "failure", None, False, "unknown name")]
        cookie, other = (post("/login", {"username": "ada", "password": PASSWORD}).cookie() for _ in range(2))
        assert happened() == [("logged-in", "success", 1, True, None)] * 2
        assert post("/account/confirm", {"password": WRONG}, cookie).status == 422
        assert happened() == [("reauthentication-refused", "failure", 1, True, "password")]
        cookie = post("/account/confirm", {"password": PASSWORD}, cookie).cookie()
        assert happened() == [("reauthenticated", "success", 1, True, None)]
        [session] = re.findall(r'name="session" value="([0-9a-f]{32})"', server.get("/account/sessions", cookie).text)
        assert post("/account/sessions", {"session": session}, cookie).status == 303
        assert happened() == [("session-revoked", "success", 1, True, None)]
        post("/login", {"username": "ada", "password": PASSWORD})
        assert post("/account/sessions", {"session": "others"}, cookie).status == 303
        assert [event[0] for event in happened()] == ["logged-in", "sessions-revoked"]
        change = {"current_password": WRONG, "password": NEW, "confirm_password": NEW}
        assert post("/account/password", change, cookie).status == 422
        assert happened() == [("password-change-refused", "failure", 1, True, "password")]
        cookie = post("/account/password", change | {"current_password": PASSWORD}, cookie).cookie()
        assert happened() == [("password-changed", "success", 1, True, None)]
        assert post("/logout", {}, cookie).status == 303
        assert happened() == [("logged-out", "success", 1, True, None)]
        code = server.json("user", "reset", "ada")["code"]
        happened.count += 1
        recovery = {"username": "ada", "code": code, "password": PASSWORD, "confirm_password": PASSWORD}
        assert post("/recover", recovery | {"code": "0" * 32}).status == 422
        assert happened() == [("recovery-refused", "failure", None, False, "code")]
        assert post("/recover", recovery).status == 303
        assert happened() == [("recovered", "success", 1, False, None)]
        server.ok("user", "disable", "ada")
        happened.count += 1
        assert post("/login", {"username": "ada", "password": PASSWORD}).status == 422
        assert happened() == [("login-refused", "failure", 1, False, "disabled")]
        # What was ended already, and what leads nowhere, is no event.
        for path, fields in (("/logout", {}), ("/account/sessions", {"session": "others"}), ("/color-mode", {"mode": "dark"})):
            post(path, fields, cookie)
        server.get("/protected")
        assert happened() == []
        assert server.ok("audit", "verify").startswith("The audit trail is whole: ")


@pytest.mark.clause("ASVS 16.2.1", "ASVS 16.3.3")
def test_each_command_that_changes_something_leaves_its_event(server, name):
    after = server.json("audit", "list")[-1]["number"] if server.json("audit", "list") else 0
    server.add(name)
    cookie = server.log_in(name)
    [session] = server.json("session", "list", "--user", name)
    for words in ("session revoke " + session["id"], "user disable {0}", "user enable {0}", "user set-password {0}",
                  "user reset {0}", "user show {0}", "session list --user {0}", "session revoke --user {0}"):
        server.ok(*words.format(name).split(), stdin=NEW)
    server.command("user", "set-password", name, stdin="short")
    server.command("user", "add", name, "--password", stdin=PASSWORD)
    server.ok("user", "delete", name, "--yes")
    records = [record for record in server.json("audit", "list", "--last", "100000") if record["number"] > after]
    [login] = [record for record in records if record["event"] == "logged-in"]
    records.remove(login)
    assert [record["event"] for record in records] == [
        "registered", "session-revoked", "disabled", "enabled", "password-set", "recovery-issued", "deleted"]
    assert {(record["source"], record["origin"], record["outcome"]) for record in records} == {
        ("command-line", getpass.getuser(), "success")}
    assert {record["account"] for record in records} == {login["account"]}
    assert records[1]["session"] == login["session"] == session["id"]
    assert not server.may_enter(cookie)


@pytest.mark.clause("ASVS 16.3.3")
def test_a_block_is_one_event_however_many_run_into_it(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        server.add("ada")
        for _ in range(10):
            server.post("/login", {"username": "ada", "password": WRONG})
        for _ in range(30):
            assert server.post("/login", {"username": "ada", "password": WRONG}).status == 429
        records = [record for record in server.json("audit", "list") if record["event"] == "throttled"]
        assert [(record["account"], record["outcome"], record["details"]) for record in records] == [
            (1, "failure", {"kind": "account"})]
        server.ok("throttle", "clear", "--all")
        server.ok("throttle", "clear", "--all")
        cleared = [record for record in server.json("audit", "list") if record["event"] == "throttles-cleared"]
        assert [(record["details"], record["source"]) for record in cleared] == [({"of": "all"}, "command-line")]


@pytest.mark.clause("ASVS 16.2.5")
def test_a_password_in_the_wrong_field_is_not_in_the_trail(tmp_path):
    with Server(tmp_path) as server:
        secret = "IHaveTypedMyPasswordHere"
        for path in ("/login", "/recover", "/register"):
            server.post(path, {"username": secret + "!", "password": secret, "confirm_password": secret, "code": secret})
        server.post("/login", {"username": secret, "password": secret})
        data = b"".join(file.read_bytes() for file in server.folder.glob("latchkey.db*") if "log" not in file.name)
        assert secret.lower().encode() not in data.lower()
        assert secret.lower() not in (server.log + server.ok("audit", "list") + server.ok("throttle", "list")).lower()


@pytest.mark.clause("ASVS 16.4.1", "ASVS 1.2.3")
def test_what_a_browser_calls_itself_cannot_take_the_terminal_over(server, account):
    dangerous = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
    agents = [b"a\x1b[2J\x1b]0;title\x07", "b\u202egnp\u2028z\u0085".encode(), b"c\xff\xfe", b'"}],\\', b"<b>" + b"x" * 2000]
    for agent in agents:
        server.request("POST", "/login", [
            ("Origin", server.origin), ("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", agent)],
            f"username={account}&password={PASSWORD}".replace(" ", "+").encode())
    for words in (["audit", "list"], ["audit", "list", "--json"], ["session", "list"], ["session", "list", "--json"]):
        text = server.ok(*words, "--user", account)
        assert not dangerous.search(text), ascii(text)
    records = server.json("audit", "list", "--user", account)
    assert {record["event"] for record in records} <= {"registered", "logged-in"} and len(records) >= 4
    assert all(len(record["userAgent"].encode()) <= 256 for record in records)


def test_the_list_shows_the_last_ones_and_those_of_one_account(trail):
    everything = trail.json("audit", "list")
    assert [record["number"] for record in everything] == list(range(1, 8))
    assert trail.json("audit", "list", "--last", "100000") == everything
    assert trail.json("audit", "list", "--last", "2") == everything[-2:]
    assert [record["number"] for record in trail.json("audit", "list", "--user", "BOB")] == [2, 6, 7]
    header, *lines = trail.ok("audit", "list").splitlines()
    assert header.split() == ["NUMBER", "AT", "EVENT", "OUTCOME", "ACCOUNT", "SOURCE", "ORIGIN", "DETAILS"]
    assert len(lines) == 7 and lines[3].split()[2:] == [
        "login-refused", "failure", "1", "client", "127.0.0.1", "reason=password"]
    # What an account did is known when it is gone.
    trail.ok("user", "delete", "ada", "--yes")
    records = trail.json("audit", "list", "--account", "1")
    assert len(records) == 5 and {record["account"] for record in records} == {1}


# --- Whether it is whole

@pytest.mark.clause("ASVS 16.4.2")
def test_the_chain_is_the_one_that_is_documented(trail):
    previous = bytes(32)
    for row in rows(trail):
        previous = link(previous, row)
        assert previous == row[-1], row
    assert trail.json("audit", "verify") == {"head": f"7:{previous.hex()}", "intact": True, "records": 7}


@pytest.mark.clause("ASVS 16.4.2")
@pytest.mark.parametrize("statement", [
    "UPDATE audit SET event = 'x'", "UPDATE audit SET number = number + 100", "DELETE FROM audit",
    "DELETE FROM audit WHERE number = 7",
    # SQLite asks no trigger about the row that REPLACE takes away.
    "REPLACE INTO audit SELECT number, at_ms, 'logged-in', 1, account_id, session_id, source, origin, user_agent, "
    "details, hash FROM audit WHERE number = 4"])
def test_the_database_itself_refuses_to_change_the_trail(trail, statement):
    before = rows(trail)
    with closing(sqlite3.connect(trail.file)) as db:
        with pytest.raises(sqlite3.IntegrityError, match="audit records are"):
            db.execute(statement)
    assert rows(trail) == before and trail.json("audit", "verify")["intact"]


@pytest.mark.clause("ASVS 16.4.2", "ASVS 11.4.3")
@pytest.mark.parametrize("column, value", [
    ("at_ms", "at_ms + 1"), ("event", "'logged-in'"), ("succeeded", "1 - succeeded"), ("account_id", "2"),
    ("account_id", "NULL"), ("session_id", "'x'"), ("source", "'app'"), ("origin", "'127.0.0.2'"),
    ("user_agent", "'x'"), ("details", "'{}'"), ("details", "'{\"reason\":\"x\"}'"), ("hash", "zeroblob(32)")])
def test_a_change_of_any_field_is_found(trail, column, value):
    tamper(trail, f"UPDATE audit SET {column} = {value} WHERE number = 4")
    assert_one_line(trail.command("audit", "verify"), 1, "record 4, or the one before it, is not as it was written")
    done = trail.command("audit", "verify", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["intact"] is False and done.stderr == b""
    # Work goes on, and what is written now does not hide it.
    trail.ok("user", "disable", "bob")
    assert_one_line(trail.command("audit", "verify"), 1, "record 4")


@pytest.mark.clause("ASVS 16.4.2")
@pytest.mark.parametrize("statement, message", [
    ("DELETE FROM audit WHERE number = 1", "record 1 is missing"),
    ("DELETE FROM audit WHERE number IN (3, 4)", "record 3 is missing"),
    ("DELETE FROM audit WHERE number >= 6", "its end is missing, up to record 7"),
    ("DELETE FROM audit", "its end is missing, up to record 7"),
    ("UPDATE audit SET number = -number WHERE number IN (3, 4)", "record 3 is missing")])
def test_a_missing_record_is_found_also_when_others_follow(trail, statement, message):
    tamper(trail, statement)
    assert_one_line(trail.command("audit", "verify"), 1, message)
    trail.ok("user", "disable", "bob")
    assert_one_line(trail.command("audit", "verify"), 1, "is missing")


@pytest.mark.clause("ASVS 16.4.2")
def test_a_trail_that_was_written_anew_shows_only_against_a_head_that_was_noted(trail):
    known = trail.json("audit", "verify")["head"]
    forged, previous = [], bytes(32)
    for row in rows(trail):
        row = (*row[:2], "logged-in" if row[0] == 4 else row[2], *row[3:])
        previous = link(previous, row)
        forged.append(f"UPDATE audit SET event = '{row[2]}', hash = x'{previous.hex()}' WHERE number = {row[0]}")
    tamper(trail, *forged)
    assert trail.json("audit", "verify")["intact"], "whoever may write the file can compute the chain"
    assert_one_line(trail.command("audit", "verify", "--known", known), 1, "written anew", "record 7")
    # A head of before the change still fits.
    early = f"3:{rows(trail)[2][-1].hex()}"
    assert trail.command("audit", "verify", "--known", early).returncode == 0
    # One that is not there yet does not.
    assert trail.command("audit", "verify", "--known", "99:" + "0" * 64).returncode == 1


@pytest.mark.clause("ASVS 14.2.7")
def test_retention_removes_the_oldest_and_what_is_left_can_be_checked(trail):
    known = trail.json("audit", "verify")["head"]
    early = f"2:{rows(trail)[1][-1].hex()}"
    # As if they had been written two days ago, by a program of that day.
    old, previous = [], bytes(32)
    for row in rows(trail):
        row = (row[0], row[1] - (2 * 86_400_000 if row[0] <= 4 else 0), *row[2:])
        previous = link(previous, row)
        old.append(f"UPDATE audit SET at_ms = {row[1]}, hash = x'{previous.hex()}' WHERE number = {row[0]}")
    tamper(trail, *old)
    known = trail.json("audit", "verify")["head"]
    with Server(trail.folder, settings=CHEAP | {"audit": {"retentionDays": 3}}):
        pass
    assert len(rows(trail)) == 7
    with Server(trail.folder, settings=CHEAP | {"audit": {"retentionDays": 1}}):
        eventually(lambda: len(rows(trail)) == 4)
    assert [row[0] for row in rows(trail)] == [5, 6, 7, 8]
    # That they were removed, and up to which, is in the trail.
    trimmed = trail.json("audit", "list")[-1]
    assert trimmed["event"] == "audit-trimmed" and trimmed["details"]["last"].startswith("4:")
    verified = trail.json("audit", "verify")
    assert verified["intact"] and verified["records"] == 4 and verified["head"].startswith("8:")
    assert trail.command("audit", "verify", "--known", known).returncode == 0
    assert_one_line(trail.command("audit", "verify", "--known", early), 1, "older than what is kept")
    trail.ok("user", "disable", "bob")
    assert trail.json("audit", "list")[-1]["number"] == 9 and trail.json("audit", "verify")["records"] == 5
    with closing(sqlite3.connect(trail.file)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM audit WHERE number = 5")


# --- As it comes

class Tail:
    def __init__(self, database: Database, *options: str):
        self.process = subprocess.Popen(
            [binary(), "audit", "tail", *options, "--database", str(database.file)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True)

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=SAFETY_SECONDS)

    def line(self) -> str:
        return self.process.stdout.readline()


@pytest.mark.clause("ASVS 16.4.3")
def test_a_shipper_that_remembers_the_last_number_misses_nothing(trail):
    with Tail(trail, "--json", "--after", "4") as tail:
        assert [json.loads(tail.line())["number"] for _ in range(3)] == [5, 6, 7]
        with Server(trail.folder) as server:
            cookie = server.log_in("ada")
            assert json.loads(tail.line())["event"] == "logged-in"
            server.post("/logout", b"", cookie)
            assert json.loads(tail.line())["event"] == "logged-out"
        for _ in range(20):
            trail.ok("user", "disable", "bob"), trail.ok("user", "enable", "bob")
        assert [json.loads(tail.line())["number"] for _ in range(40)] == list(range(10, 50))
    assert trail.json("audit", "list", "--last", "100000")[-1]["number"] == 49


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_tail_ends_when_it_is_told_to(trail, number, options):
    with Tail(trail, "--after", "6", *options) as tail:
        assert "enabled" in tail.line()
        tail.process.send_signal(number)
        assert tail.process.wait(timeout=SAFETY_SECONDS) in (0, -number, 128 + number)
        out, err = tail.process.communicate()
        assert (out, err) == ("", "")


def test_a_tail_into_a_pipe_that_is_closed_ends(trail):
    with Tail(trail, "--json", "--after", "0") as tail:
        tail.line()
        tail.process.stdout.close()
        for _ in range(3):
            trail.ok("user", "disable", "bob"), trail.ok("user", "enable", "bob")
        status = tail.process.wait(timeout=SAFETY_SECONDS)
        assert status in (1, -signal.SIGPIPE)
        assert tail.process.stderr.read().count("\n") <= 1
        tail.process.stdout = None
