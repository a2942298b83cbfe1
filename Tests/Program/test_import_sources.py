"""`latchkey import` from Django, Devise, htpasswd, CSV and JSON lines: what comes in, what is refused, and how."""

import csv
import io
import json
import sqlite3
import stat

import bcrypt
import pytest

from program import PASSWORD, PROJECT, Server, assert_one_line

FIXTURES = PROJECT / "Tests/Fixtures"
DJANGO = FIXTURES / "django-sample.db"
DEVISE = FIXTURES / "devise-sample.sqlite3"
# With a salt that is always the same: it is in the tests' names, and two processes must agree on those.
HASH = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
GOOD = {"username": "alice", "hash": HASH}


def lines(tmp_path, *records, name="accounts.jsonl"):
    file = tmp_path / name
    file.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records))
    return file


def table(tmp_path, text: str, name="accounts.csv"):
    file = tmp_path / name
    file.write_bytes(text.encode())
    return file


def users(database) -> dict[str, dict]:
    return {record["username"]: record for record in database.json("user", "list")}


def rows(database) -> list[str]:
    with sqlite3.connect(database.file) as db:
        return list(db.iterdump())


def outcomes(database, *arguments, status: int = 0) -> list[str]:
    done = database.command("import", *arguments, "--json")
    assert done.returncode == status, done.stderr
    return [line["outcome"] for line in json.loads(done.stdout)["accounts"]]


# --- Each system

def test_people_of_a_django_site_log_in_with_their_old_passwords(tmp_path):
    with Server(tmp_path) as server:
        skipped = tmp_path / "skipped.jsonl"
        text = server.ok("import", "django", DJANGO, "--skip-invalid", skipped)
        assert "Imported 5 of 6 accounts" in text and "“old-md5”" in text and "1 sessions" in text
        for name in ("paula", "alma", "José"):
            assert server.may_enter(server.log_in(name, name)), name
            # Once more with the hash that the first login made.
            assert server.may_enter(server.log_in(name, name)), name
        assert "This account is disabled." in server.post("/login", {"username": "scott", "password": "scott"}).text
        assert server.post("/login", {"username": "ldap.person", "password": "!"}).status == 422
        assert users(server)["paula"]["created"] == "2024-01-01T12:30:15Z"


def test_people_of_a_rails_app_log_in_with_their_addresses(tmp_path):
    with Server(tmp_path) as server:
        assert "Imported 4 of 4 accounts" in server.ok("import", "devise", DEVISE)
        for name in ("ruby", "rita"):
            assert server.may_enter(server.log_in(f"{name}@example.org", name))
        found = users(server)
        assert found["unconfirmed@example.org"]["enabled"] is False
        assert found["ruby@example.org"]["created"] == "2023-05-01T08:00:00Z"
        assert server.post("/login", {"username": "invited@example.org", "password": ""}).status == 422


def test_other_tables_and_columns_are_named(database, tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, login, encrypted_password)")
        db.execute("INSERT INTO members (login, encrypted_password) VALUES ('alice', ?)", [HASH])
    options = ("--table", "members", "--username-column", "login")
    assert outcomes(database, "devise", tmp_path / "other.db", *options) == ["imported"]
    assert_one_line(database.command("import", "devise", tmp_path / "other.db"), 1, "no table users")


def test_an_htpasswd_file_is_imported(tmp_path):
    vectors = json.loads((FIXTURES / "password-hashes.json").read_text())
    made = [one for one in vectors if one["library"].startswith("htpasswd")]
    file = tmp_path / ".htpasswd"
    file.write_text("# people\n\n" + "".join(f"person{n}:{one['hash']}\n" for n, one in enumerate(made)))
    with Server(tmp_path) as server:
        assert f"Imported {len(made)} of {len(made)}" in server.ok("import", "htpasswd", file)
        for number, one in enumerate(made):
            assert server.may_enter(server.log_in(f"person{number}", one["password"])), one["hash"]


def test_a_csv_file_is_imported(database, tmp_path):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["created", "Username", "note", "hash", "enabled"])
    writer.writerow(["2024-02-29 12:00:00", "alice", 'a "quoted", note\nof two lines', HASH, "yes"])
    writer.writerow(["2024-02-29T12:00:00+01:00", "bob", "", HASH, "0"])
    writer.writerow(["", "carol", "", "", "TRUE"])
    database.ok("import", "csv", table(tmp_path, "\ufeff" + text.getvalue()))
    found = users(database)
    assert [(name, one["enabled"]) for name, one in found.items()] == [("alice", True), ("bob", False), ("carol", True)]
    assert found["alice"]["created"] == "2024-02-29T12:00:00Z" and found["bob"]["created"] == "2024-02-29T11:00:00Z"


@pytest.mark.parametrize("text, words", [
    ("", "It is empty."), ("\n\n", "It is empty."), ("name,hash\na,b\n", "username and hash"),
    ('username,hash\n"a,b\n', "line 2 has no end"), ('username,hash\na"b,c\n', "Line 2 has a quote"),
    ('username,hash\n"a"b,c\n', "Line 2 goes on"),
])
def test_a_file_that_is_no_csv_is_one_line(database, tmp_path, text, words):
    assert_one_line(database.command("import", "csv", table(tmp_path, text)), 1, words)
    assert not database.file.exists()


@pytest.mark.parametrize("line, words", [
    ("{", "no JSON object"), ("[]", "no JSON object"), ("null", "no JSON object"), ('"text"', "no JSON object"),
    ({"hash": HASH}, "no “username”"), ({"username": 5, "hash": HASH}, "“username” is of another type"),
    (GOOD | {"hash": 5}, "“hash” is of another type"), (GOOD | {"enabled": "yes"}, "“enabled” is of another type"),
    (GOOD | {"created": "yesterday"}, "“created” is no date"), (GOOD | {"created": "2024-13-01T00:00:00Z"}, "“created”"),
    ("\xff\xfe", "no JSON object"),
])
def test_a_line_that_is_no_account_is_named(database, tmp_path, line, words):
    file = lines(tmp_path, {"username": "first", "hash": HASH}, line)
    done = database.command("import", "jsonl", file)
    assert done.returncode == 1 and "line 2" in done.stdout.decode() and words in done.stdout.decode()
    assert "Nothing was imported" in done.stdout.decode()
    assert database.json("user", "list") == []


@pytest.mark.parametrize("kind", ["htpasswd", "csv", "jsonl", "django", "devise"])
def test_a_source_that_is_not_there_is_one_line(database, tmp_path, kind):
    for file in (tmp_path / "missing", tmp_path):
        assert_one_line(database.command("import", kind, file), 1, str(file))
    assert not database.file.exists()


# --- All or nothing

def test_one_account_that_cannot_be_imported_stops_all(database, tmp_path):
    file = lines(tmp_path, GOOD, {"username": "bob", "hash": "plain text"}, {"username": "carol", "hash": HASH})
    assert outcomes(database, "jsonl", file, status=1) == ["imported", "hash-refused", "imported"]
    assert database.json("user", "list") == []
    assert not [one for one in database.json("audit", "list") if one["event"] == "imported"]


def test_what_is_skipped_stands_in_a_file_that_can_be_mended(database, tmp_path):
    file = lines(tmp_path, GOOD, {"username": "b" * 65, "hash": HASH, "enabled": False}, "{")
    skipped = tmp_path / "skipped.jsonl"
    assert outcomes(database, "jsonl", file, "--skip-invalid", skipped) == ["imported", "name-refused", "unreadable"]
    assert stat.S_IMODE(skipped.stat().st_mode) == 0o600
    [unreadable, bob] = [json.loads(line) for line in skipped.read_text().splitlines()]
    assert unreadable["origin"] == "line 3" and bob["origin"] == "line 2" and "Rename it" in bob["problem"] and bob["imported"] is True
    mended = lines(tmp_path, bob | {"username": "bob"}, name="mended.jsonl")
    assert outcomes(database, "jsonl", mended) == ["imported"]
    assert {name: one["enabled"] for name, one in users(database).items()} == {"alice": True, "bob": False}


def test_the_file_of_the_skipped_is_never_written_over(database, tmp_path):
    skipped = tmp_path / "skipped.jsonl"
    skipped.write_text("mine")
    done = database.command("import", "jsonl", lines(tmp_path, GOOD), "--skip-invalid", skipped)
    assert_one_line(done, 1, "skipped.jsonl", "Nothing was imported.")
    assert skipped.read_text() == "mine" and database.json("user", "list") == []


def test_an_import_that_fails_leaves_no_file_of_the_skipped(empty, tmp_path):
    skipped = tmp_path / "skipped.jsonl"
    writer = sqlite3.connect(empty.file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        done = empty.command("import", "jsonl", lines(tmp_path, GOOD), "--skip-invalid", skipped)
        assert_one_line(done, 1, "locked")
    finally:
        writer.close()
    assert not skipped.exists()


def test_a_dry_run_changes_nothing_and_says_what_would_be(empty, tmp_path):
    before = rows(empty)
    done = empty.command("import", "jsonl", lines(tmp_path, GOOD, {"username": "bob"}), "--dry-run")
    assert done.returncode == 0 and "2 of 2 accounts would be imported." in done.stdout.decode()
    assert rows(empty) == before
    bad = empty.command("import", "jsonl", lines(tmp_path, GOOD, {"username": ""}), "--dry-run")
    assert rows(empty) == before
    assert bad.returncode == 1 and "1 of 2 accounts would be imported; those above cannot be." in bad.stdout.decode()


def test_doing_it_again_changes_nothing(database, tmp_path):
    file = lines(tmp_path, GOOD, {"username": "bob", "hash": HASH})
    database.ok("import", "jsonl", file)
    before = (users(database), len(database.json("audit", "list")))
    text = database.ok("import", "jsonl", file)
    assert "2 were there before and were left as they are." in text
    assert (users(database), len(database.json("audit", "list"))) == before


def test_each_account_that_came_in_stands_in_the_trail(database, tmp_path):
    database.ok("import", "jsonl", lines(tmp_path, GOOD, {"username": "bob", "hash": HASH}))
    found = [one for one in database.json("audit", "list") if one["event"] == "imported"]
    assert len(found) == 2
    assert "$2" not in json.dumps(found)


def test_of_many_that_cannot_be_imported_a_screen_is_shown(database, tmp_path):
    file = lines(tmp_path, *({"username": f"person{n}", "hash": "plain"} for n in range(1000)))
    text = database.command("import", "jsonl", file).stdout.decode()
    assert len(text.splitlines()) == 22 and "… and 980 more: --json has all of them." in text
    assert len(outcomes(database, "jsonl", file, status=1)) == 1000


def test_a_bcrypt_of_the_faulty_kind_is_refused_in_words(database, tmp_path):
    file = lines(tmp_path, GOOD | {"hash": HASH.replace("$2b$", "$2x$")})
    done = database.command("import", "jsonl", file)
    assert done.returncode == 1 and "faulty bcrypt" in done.stdout.decode() and HASH[7:] not in done.stdout.decode()


def test_a_name_that_nobody_could_choose_logs_in_as_it_is(tmp_path):
    with Server(tmp_path) as server:
        names = ["Anna Maria", "user#7", "<b>Bob</b>", "аdmin"]
        file = lines(tmp_path, *({"username": name, "hash": HASH} for name in names))
        text = server.ok("import", "jsonl", file)
        assert "4 of the names could not be chosen here; they log in as they are." in text
        for name in [*names, "ANNA MARIA", " anna maria "]:
            answer = server.post("/login", {"username": name, "password": PASSWORD})
            assert answer.status == 303, name
        # A legacy spelling is as unique as any name.
        again = lines(tmp_path, {"username": "anna maria", "hash": HASH}, name="again.jsonl")
        assert outcomes(server, "jsonl", again, status=1) == ["name-taken"]
        assert server.ok("user", "show", "USER#7", "--json")


def test_cheap_kinds_of_hashes_do_not_count_among_those_in_use(database, tmp_path):
    hashes = [bcrypt.hashpw(b"x", bcrypt.gensalt(cost)).decode() for cost in range(4, 8)]
    hashes += ["$apr1$12345678$9pHAGSBYtlmFtid2xxNog0", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="]
    file = lines(tmp_path, *({"username": f"u{n}", "hash": text} for n, text in enumerate(hashes)))
    assert outcomes(database, "jsonl", file) == ["imported"] * 6


def test_firebase_accounts_log_in(tmp_path):
    """The parameters and the hash are those of github.com/firebase/scrypt."""
    key = tmp_path / "signer-key"
    key.write_text(
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==\n")
    hash_ = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
    user = {"localId": "a1", "email": "user1@example.org", "passwordHash": hash_, "salt": "42xEC+ixf3L2lw==",
            "createdAt": "1500000000123"}
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"users": [
        user, user | {"localId": "b2", "email": "user2@example.org", "disabled": True,
                      "passwordHash": hash_.replace("+", "-").replace("/", "_")},
        {"localId": "c3", "phoneNumber": "+49"}]}))
    with Server(tmp_path) as server:
        text = server.ok("import", "firebase", file, "--signer-key-file", key, "--dry-run")
        assert "1 have no name to log in with, and were left out." in text
        found = outcomes(server, "firebase", file, "--signer-key-file", key)
        assert found == ["imported", "imported"]
        login = {"username": "user1@example.org", "password": "user1password"}
        assert server.post("/login", login | {"password": "user2password"}).status == 422
        assert server.post("/login", login).status == 303
        assert "disabled" in server.post("/login", login | {"username": "user2@example.org"}).text
        exported = json.loads(server.ok("user", "export", "user1@example.org"))
        assert exported["created"] == "2017-07-14T02:40:00.123Z"


@pytest.mark.parametrize("key, options", [
    ("short", ()), ("A" * 86 + "==", ("--rounds", "9")), ("A" * 86 + "==", ("--mem-cost", "30")), ("ä" * 88, ())])
def test_parameters_that_are_no_firebase_projects_are_one_line(database, tmp_path, key, options):
    (tmp_path / "key").write_text(key)
    (tmp_path / "users.json").write_text('{"users": []}')
    done = database.command("import", "firebase", tmp_path / "users.json", "--signer-key-file", tmp_path / "key", *options)
    assert_one_line(done, 1, "no parameters of a Firebase project")


def test_a_hundred_thousand_accounts_come_in(database, tmp_path):
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f'{{"username":"person{n}","hash":"{HASH}"}}\n' for n in range(100_000)))
    assert "Imported 100000 of 100000 accounts" in database.ok("import", "jsonl", file, timeout=300)
    assert "100000 were there before" in database.ok("import", "jsonl", file, timeout=300)
    assert "whole: 100000 records" in database.ok("audit", "verify")
