"""The audit trail, and whether somebody has touched it."""

import json
import signal
import sqlite3
import subprocess

import pytest

from program import ENVIRONMENT, PASSWORD, assert_one_line, binary

AGENT = [("User-Agent", "Agent <b> \u00e9/1.0")]


def events(server, name):
    return [(line["event"], line["source"]) for line in server.json("audit", "list", "--user", name)]


@pytest.mark.clause("ASVS 16.3.1", "ASVS 16.3.3", "ASVS 16.2.1", "ASVS 6.2.7")
def test_what_people_and_operators_do_is_in_the_trail(server, account):
    cookie = server.post("/login", {"username": account, "password": PASSWORD}, headers=AGENT).cookie()
    server.post("/login", {"username": account, "password": "wrong horse"})
    server.post("/logout", {}, cookie)
    server.ok("user", "disable", account)
    server.ok("user", "enable", account)
    server.ok("user", "reset", account)
    assert events(server, account) == [
        ("registered", "command-line"), ("logged-in", "client"), ("login-refused", "client"), ("logged-out", "client"),
        ("disabled", "command-line"), ("enabled", "command-line"), ("recovery-issued", "command-line")]
    line = server.json("audit", "list", "--user", account)[1]
    assert line["origin"] == "127.0.0.1" and line["outcome"] == "success" and line["session"]
    assert line["at"].endswith("Z") and line["userAgent"].startswith("Agent <b> ")
    assert "\x1b" not in server.ok("audit", "list", "--user", account)


@pytest.mark.clause("ASVS 16.4.2", "ASVS 11.4.3")
@pytest.mark.parametrize("sql, words", [
    ("UPDATE audit SET event = 'nothing' WHERE number = 2", "record 2"),
    ("DELETE FROM audit WHERE number = 2", "record 2 is missing"),
    ("DELETE FROM audit WHERE number = 3", "its end is missing, up to record 3"),
    ("DELETE FROM audit", "its end is missing"),
])
def test_a_touched_trail_is_found(database, sql, words):
    for name in ("ada", "bob", "cyd"):
        database.add(name)
    assert database.ok("audit", "verify").startswith("The audit trail is whole: 3 records. Head: 3:")
    head = database.json("audit", "verify")["head"]
    with sqlite3.connect(database.file) as db:
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(sql)
        db.execute("DROP TRIGGER audit_is_never_changed")
        db.execute("DROP TRIGGER audit_is_only_removed_behind_the_anchor")
        db.execute(sql)
    db.close()
    assert_one_line(database.command("audit", "verify"), 1, words)
    assert json.loads(database.command("audit", "verify", "--json").stdout)["intact"] is False
    assert database.command("audit", "verify", "--known", head).returncode == 1


def test_a_trail_made_anew_shows_against_a_noted_head(database, tmp_path):
    database.add("ada")
    known = database.json("audit", "verify")["head"]
    assert database.command("audit", "verify", "--known", known).returncode == 0
    other = type(database)(tmp_path, "other.db")
    other.add("eve")
    assert_one_line(other.command("audit", "verify", "--known", known), 1, "written anew")
    assert database.command("audit", "verify", "--known", "1:xyz").returncode == 64


@pytest.mark.clause("ASVS 16.2.4")
def test_the_tail_goes_on_with_what_other_processes_do(database):
    database.add("ada")
    tail = subprocess.Popen(
        [binary(), "audit", "tail", "--json", "--after", "0", "--database", str(database.file)],
        stdout=subprocess.PIPE, env=ENVIRONMENT)
    try:
        first = json.loads(tail.stdout.readline())
        assert (first["number"], first["event"]) == (1, "registered")
        database.ok("user", "disable", "ada")
        assert json.loads(tail.stdout.readline())["event"] == "disabled"
    finally:
        tail.send_signal(signal.SIGINT)
        tail.wait(timeout=30)
        tail.stdout.close()
