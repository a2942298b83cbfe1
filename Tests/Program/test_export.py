"""`latchkey export jsonl` and `latchkey user export`: all of it comes out, comes in again, and nothing secret does."""

import json
import sqlite3
import stat

import pytest

from program import PASSWORD, Database, Server, assert_one_line
from test_import_sources import DJANGO, HASH, lines

COLUMNS = ("username, username_folded, password_hash, password_work, password_is_imported, is_enabled, created_at_ms")


def accounts(database) -> list[tuple]:
    with sqlite3.connect(database.file) as db:
        return db.execute(f"SELECT {COLUMNS} FROM account ORDER BY id").fetchall()


@pytest.fixture
def filled(tmp_path):
    """A site with accounts of every state, one of them logged in."""
    with Server(tmp_path) as server:
        server.ok("import", "django", DJANGO, "--skip-invalid", tmp_path / "skipped.jsonl")
        server.ok("import", "jsonl", lines(
            tmp_path, {"username": "Anna Maria", "hash": HASH, "created": "2024-02-29T12:00:00.007Z"},
            {"username": "Renée", "hash": HASH, "enabled": False}, {"username": "nopassword"}))
        server.add("own")
        server.ok("user", "add", "invited")
        answer = server.post("/login", {"username": "own", "password": PASSWORD}, headers=[("User-Agent", "Agent 7")])
        assert answer.status == 303
        server.cookie = answer.cookie()
        yield server


def test_what_is_exported_comes_in_again_without_loss(filled, tmp_path):
    file = tmp_path / "all.jsonl"
    text = filled.ok("export", "jsonl", file)
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert f"Wrote {len(found)} accounts to " in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = Database(tmp_path, "other.db")
    other.ok("import", "jsonl", file)
    assert accounts(other) == accounts(filled)
    again = tmp_path / "again.jsonl"
    other.ok("export", "jsonl", again)
    kept = ("username", "hash", "imported", "enabled", "created")
    assert [[json.loads(line).get(key) for key in kept] for line in again.read_text().splitlines()] \
        == [[one.get(key) for key in kept] for one in found]
    with Server(tmp_path, database="other.db") as server:
        for name in ("own", "anna maria"):
            assert server.post("/login", {"username": name, "password": PASSWORD}).status == 303


def test_an_export_has_sessions_browsers_and_codes_and_no_secret_of_them(filled, tmp_path):
    file = tmp_path / "all.jsonl"
    filled.ok("export", "jsonl", file)
    found = {one["username"]: one for one in map(json.loads, file.read_text().splitlines())}
    [session] = found["own"]["sessions"]
    assert session["address"] == "127.0.0.1" and session["userAgent"] == "Agent 7"
    assert len(found["own"]["browsers"]) == 1 and found["own"]["imported"] is False
    assert set(found["invited"]["recoveryCode"]) == {"created", "expires"} and "hash" not in found["invited"]
    text = file.read_text()
    with sqlite3.connect(filled.file) as db:
        secrets = [row[0] for query in (
            "SELECT token_sha256 FROM session", "SELECT token_sha256 FROM known_browser",
            "SELECT code_sha256 FROM recovery_code", "SELECT bytes FROM store_secret") for row in db.execute(query)]
    assert len(secrets) == 4
    for secret in secrets:
        assert secret.hex() not in text.lower()
    assert filled.cookie.split("=")[1] not in text


def test_the_standard_output_gets_the_same(filled, tmp_path):
    file = tmp_path / "all.jsonl"
    filled.ok("export", "jsonl", file)
    assert [json.loads(line) for line in filled.ok("export", "jsonl", "-").splitlines()] \
        == [json.loads(line) for line in file.read_text().splitlines()]


def test_an_export_stands_in_the_trail(empty, tmp_path):
    empty.add("alice")
    empty.ok("export", "jsonl", tmp_path / "all.jsonl")
    empty.ok("user", "export", "alice")
    found = [one for one in empty.json("audit", "list") if one["event"] == "exported"]
    assert [one.get("account") for one in found] == [None, 2] and found[0]["source"] == "command-line"


def test_a_file_is_never_written_over_and_never_half_there(empty, tmp_path):
    empty.add("alice")
    file = tmp_path / "all.jsonl"
    file.write_text("mine")
    assert_one_line(empty.command("export", "jsonl", file), 1, "all.jsonl", "there is one of that name")
    assert file.read_text() == "mine"
    assert_one_line(empty.command("export", "jsonl", tmp_path / "missing" / "all.jsonl"), 1, "No such file")
    with sqlite3.connect(empty.file) as db:
        db.execute("DROP TABLE known_browser")
    assert empty.command("export", "jsonl", tmp_path / "broken.jsonl").returncode == 1
    assert [path.name for path in tmp_path.glob("*.jsonl*")] == ["all.jsonl"]


def test_a_database_that_is_not_there_is_not_made(database, tmp_path):
    assert_one_line(database.command("export", "jsonl", tmp_path / "all.jsonl"), 1, "There is no database")
    assert not database.file.exists() and not list(tmp_path.glob("all.jsonl*"))


def test_one_persons_data_have_all_but_the_hash(filled):
    found = json.loads(filled.ok("user", "export", "OWN"))
    assert "hash" not in found and "imported" not in found and "$2" not in json.dumps(found)
    assert [one["event"] for one in found["events"]] == ["registered", "logged-in"]
    assert found["events"][1]["origin"] == "127.0.0.1" and len(found["sessions"]) == 1
    assert json.loads(filled.ok("user", "export", "own", "--hash"))["hash"].startswith("$2b$04$")
    assert_one_line(filled.command("user", "export", "nobody"), 1, "There is no account named nobody.")


def test_a_hash_that_needs_a_pepper_moves_with_its_key(tmp_path):
    (tmp_path / "key").write_text("c" * 43 + "=\n")
    pepper = {"LATCHKEY_PASSWORD_PEPPERS": f"k1={tmp_path / 'key'}"}
    database = Database(tmp_path)
    database.ok("user", "add", "alice", "--password", stdin=PASSWORD + "\n", **pepper)
    file = tmp_path / "all.jsonl"
    database.ok("export", "jsonl", file)
    assert "$hmac-sha256$k1$argon2id$" in file.read_text()
    other = Database(tmp_path, "other.db")
    assert other.command("import", "jsonl", file).returncode == 1
    other.ok("import", "jsonl", file, **pepper)
    for environment, status in (({}, 422), (pepper, 303)):
        with Server(tmp_path, settings=None, database="other.db", **environment) as server:
            assert server.post("/login", {"username": "alice", "password": PASSWORD}).status == status
    doctor = other.command("doctor")
    assert "1 account with the pepper k1, which is not set." in doctor.stdout.decode()
    assert "pepper k1" not in other.command("doctor", **pepper).stdout.decode()


@pytest.mark.parametrize("value, words", [
    ("k1", "keys by their IDs"), ("K1={key}", "lower-case"), ("k1=/missing", "cannot be read"),
    ("k1={short}", "at least 32 bytes, and has 3"), ("k1={text}", "in Base64"), ("k1={key} k1={key}", "not the same"),
])
def test_peppers_that_cannot_be_used_stop_the_program(database, tmp_path, value, words):
    for name, text in (("key", "c" * 43 + "="), ("short", "AAAA"), ("text", "no key")):
        (tmp_path / name).write_text(text)
    value = value.format(**{name: tmp_path / name for name in ("key", "short", "text")})
    done = database.command("user", "add", "alice", LATCHKEY_PASSWORD_PEPPERS=value)
    assert_one_line(done, 1, "password.peppers", words)
    assert "cccc" not in done.stderr.decode()
