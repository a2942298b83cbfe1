"""`doctor`: what it finds, and how it says so."""

import json
import sqlite3
import time
from contextlib import closing

import pytest

from program import CHEAP, PASSWORD, assert_one_line, command

SOUND = {"origin": "https://example.org", "proxies": "127.0.0.1", "password": {"minimumLength": 15}}


def findings(database, settings=None, status=0):
    file = database.folder / "settings.json"
    file.write_text(json.dumps(SOUND if settings is None else settings))
    done = database.command("doctor", "--json", "--config", file)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def texts(found) -> str:
    assert all(one["why"] and one["mend"] for one in found)
    return "\n".join(f"{one['level']}: {one['finding']}" for one in found)


def sql(database, *statements):
    with closing(sqlite3.connect(database.file)) as db, db:
        for statement in statements:
            db.execute(statement)


@pytest.fixture
def sound(database):
    """A deployment that has nothing to mend."""
    database.ok("user", "add", "ada", "--password", stdin="seven blue teapots")
    return database


def test_where_nothing_is_to_be_mended_it_says_so(sound):
    assert findings(sound) == []
    assert sound.ok("doctor", "--config", "settings.json") == "Nothing to mend.\n"


@pytest.mark.parametrize("settings, text, status", [
    ({}, "note: There is no origin.", 0),
    (SOUND | {"origin": "http://192.0.2.1:3000", "allowPlainHTTP": True}, "must: The origin is http://192.0.2.1:3000, without TLS.", 3),
    ({"origin": "https://example.org"}, "should: The origin is https, and no proxy is named.", 2),
    (SOUND | {"throttle": "off"}, "must: Throttles are off.", 3),
    (SOUND | {"password": {"minimumLength": 15, "scheme": "bcrypt", "bcryptCost": 10}}, "should: New hashes are of bcrypt with cost 10.", 2),
    (SOUND | {"password": {"minimumLength": 8}}, "note: New passwords may have 8 characters.", 0),
])
def test_it_reads_the_settings_as_serve_would(sound, settings, text, status):
    assert text in texts(findings(sound, settings, status))


@pytest.mark.parametrize("name, mend", [
    ("LATCHKEY_SESSION_IDLETIMEOUTSECONDS", "Was LATCHKEY_SESSION_IDLE_TIMEOUT_SECONDS meant?"),
    ("LATCHKEY_ALLOW_PLAIN_HTTPS", "Was LATCHKEY_ALLOW_PLAIN_HTTP meant?"),
    ("LATCHKEY_SOMETHING_ELSE", "Remove it."),
])
def test_a_variable_that_nobody_reads_is_named(sound, name, mend):
    findings(sound)
    done = sound.command("doctor", "--json", "--config", "settings.json", **{name: "1"})
    [found] = json.loads(done.stdout)
    assert done.returncode == 2 and name in found["finding"] and found["mend"] == mend


def test_every_setting_has_its_variable(sound):
    # Each of them is known to the doctor by the name under which it is read.
    for name, key, value in [
        ("LATCHKEY_PASSWORD_BCRYPT_COST", "password.bcryptCost", "x"), ("LATCHKEY_PORT", "port", "x"),
        ("LATCHKEY_SESSION_MAXIMUM_PER_ACCOUNT", "session.maximumPerAccount", "x"),
        ("LATCHKEY_AUDIT_RETENTION_DAYS", "audit.retentionDays", "x"), ("LATCHKEY_ORIGIN", "origin", "x"),
        ("LATCHKEY_ALLOW_PLAIN_HTTP", "allowPlainHTTP", "x"), ("LATCHKEY_LOG_LEVEL", "log.level", "loud"),
    ]:
        done = sound.command("doctor", "--json", **{name: value})
        [found] = json.loads(done.stdout)
        assert done.returncode == 3 and found["level"] == "must" and f"The setting {key} is" in found["finding"]


@pytest.mark.parametrize("settings, text", [
    (SOUND | {"templates": "missing"}, "missing"),
    ({"hostname": "0.0.0.0"}, "Refused to serve other machines over plain http"),
    ({"hostname": "0.0.0.0", "origin": "http://192.0.2.1"}, "Refused to serve other machines over plain http"),
    ({"nothing": 1}, "There is no setting nothing"), ([], "must be one JSON object"),
])
def test_what_serve_refuses_it_finds(sound, settings, text):
    found = findings(sound, settings, 3)
    assert any(one["level"] == "must" and text in one["finding"] for one in found), found
    assert_one_line(sound.command("serve", "--port", "0", "--config", "settings.json"), 1, text)


def test_an_origin_that_is_this_machine_is_no_danger(sound):
    found = findings(sound, SOUND | {"origin": "http://localhost:3000"})
    assert "note: The origin is http://localhost:3000, which is this machine." in texts(found)


def test_what_must_be_mended_comes_first(sound):
    found = findings(sound, {"origin": "https://example.org", "throttle": "off"}, 3)
    assert [one["level"] for one in found] == ["must", "should", "note"]


def test_it_looks_at_the_files(sound):
    sound.file.chmod(0o640)
    assert f"must: Others may get at {sound.file}." in texts(findings(sound, status=3))
    sound.file.chmod(0o600)
    for neighbour in sound.folder.glob("latchkey.db-*"):
        neighbour.unlink()
    sound.folder.chmod(0o777)
    assert f"must: Others may get at {sound.folder}." in texts(findings(sound, status=3))
    sound.folder.chmod(0o700)


def test_it_looks_at_clock_and_accounts(sound):
    ahead = int((time.time() + 3600) * 1000)
    # As a clock that was ahead would have left it: nobody changes a record.
    with closing(sqlite3.connect(sound.file)) as db, db:
        [trigger] = db.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_is_never_changed'").fetchone()
        db.execute("DROP TRIGGER audit_is_never_changed")
        db.execute(f"UPDATE audit SET at_ms = {ahead}")
    found = texts(findings(sound, status=3))
    assert "which is to come" in found and "must: Gone or changed: trigger audit_is_never_changed." in found
    sql(sound, "UPDATE audit SET at_ms = 0", trigger, "UPDATE account SET created_at_ms = 0")
    assert "note: 1 account of 1 had no login for a year." in texts(findings(sound))
    sound.ok("user", "add", "bob")
    assert "without a code" not in texts(findings(sound))
    sql(sound, "UPDATE recovery_code SET created_at_ms = 0, expires_at_ms = 1")
    assert "note: 1 account without a password and without a code to choose one." in texts(findings(sound))
    (sound.folder / "cheap.json").write_text(json.dumps(CHEAP))
    sound.ok("user", "add", "cyd", "--password", "--config", "cheap.json", stdin=PASSWORD)
    assert "note: There are hashes of other schemes or costs: 1 of bcrypt cost=4." in texts(findings(sound))


def test_it_changes_nothing_and_makes_no_database(sound, tmp_path):
    def content():
        with closing(sqlite3.connect(sound.file)) as db:
            return list(db.iterdump()), db.execute("PRAGMA journal_mode").fetchone()
    # A mode that opening a store would change.
    with closing(sqlite3.connect(sound.file)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    before = content()
    assert "should: The database is in the mode delete, not wal." in texts(findings(sound, status=2))
    assert content() == before
    (tmp_path / "empty.db").touch()
    for name in ("none.db", "empty.db"):
        done = command("doctor", "--json", "--database", tmp_path / name)
        assert done.returncode == 2 and "Nothing of Latchkey's is in the database" in done.stdout.decode()
        assert_one_line(command("user", "list", "--database", tmp_path / name), 1, "There is no database")
    assert not (tmp_path / "none.db").exists() and (tmp_path / "empty.db").stat().st_size == 0


def test_a_row_without_the_one_that_it_refers_to_is_found(sound):
    sql(sound, "INSERT INTO session VALUES (zeroblob(32), hex(zeroblob(16)), 99, 5, 6, 9, '192.0.2.1', 'secret', 5)")
    [found] = findings(sound, status=2)
    assert found["finding"] == "a row of session refers to a row of account that is not there."


def test_a_database_that_cannot_be_read_is_a_finding(sound):
    sql(sound, "INSERT INTO latchkey_migration VALUES ('latchkey', '99990101000000-later', hex(zeroblob(32)), 0)")
    assert "must: " in texts(found := findings(sound, status=3)) and "99990101000000-later" in found[0]["finding"]
    sound.file.write_bytes(b"no database at all, but a text of some length" * 9)
    assert "must: Cannot open the database" in texts(findings(sound, status=3))
