"""`latchkey import reflex`, with the sample and with databases that are not so well kept."""

import json
import shutil
import sqlite3
import time

import bcrypt
import pytest

from program import PASSWORD, PROJECT, Server, assert_one_line, command

SAMPLE = PROJECT / "Tests/Fixtures/reflex-sample.db"
USERS = json.loads(SAMPLE.with_suffix(".json").read_text())["users"]
# With a salt that is always the same: it is in the tests' names, and two processes must agree on those.
HASH = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
OLD = "CREATE TABLE user (id INTEGER PRIMARY KEY, username, password_hash, enabled)"
NEW = "CREATE TABLE localuser (id INTEGER PRIMARY KEY, username, password_hash, enabled)"


@pytest.fixture
def source(tmp_path):
    """Makes a Reflex database of the given rows (name, hash, enabled)."""
    def make(rows, schema=OLD, name="reflex.db"):
        file = tmp_path / name
        table = schema.split()[2]
        with sqlite3.connect(file) as db:
            db.execute(schema)
            db.executemany(f"INSERT INTO {table} (username, password_hash, enabled) VALUES (?, ?, ?)", rows)
        db.close()
        return file

    return make


def report(database, file) -> dict:
    """Imports what can be imported: the JSON report, with the outcomes in order."""
    skipped = database.folder / f"skipped{time.monotonic_ns()}.jsonl"
    found = json.loads(database.ok("import", "reflex", file, "--json", "--skip-invalid", skipped))
    found["outcomes"] = [line["outcome"] for line in found["accounts"]]
    return found


def names(database) -> list[str]:
    return [record["username"] for record in database.json("user", "list")]


def test_the_sample_is_imported_and_its_users_log_in(tmp_path):
    with Server(tmp_path) as server:
        text = server.ok("import", "reflex", SAMPLE, "--skip-invalid", tmp_path / "skipped.jsonl")
        assert "Imported 8 of 9 accounts" in text
        assert "“ALICE”" in text and "“alice”" in text
        for user in USERS:
            fields = {"username": user["username"], "password": user["password"]}
            answer = server.post("/login", fields)
            if user["username"] == "ALICE":
                assert answer.status == 422 and "There was a problem" in answer.text
            elif not user["enabled"]:
                assert answer.status == 422 and "This account is disabled." in answer.text
            else:
                assert server.may_enter(answer.cookie()), user["username"]
                # Once more with the hash that the first login made.
                assert server.post("/login", fields).status == 303


def test_the_source_is_not_changed(database, tmp_path):
    copy = tmp_path / "sample.db"
    shutil.copy(SAMPLE, copy)
    before = copy.read_bytes()
    report(database, copy)
    assert copy.read_bytes() == before
    assert {path.name for path in tmp_path.glob("sample.db*")} == {"sample.db"}


def test_running_it_twice_changes_nothing(database):
    first = report(database, SAMPLE)
    assert first["imported"] == 8 and first["notImported"] == 1 and first["isKept"]
    with sqlite3.connect(database.file) as db:
        before = db.execute("SELECT * FROM account ORDER BY id").fetchall()
    again = report(database, SAMPLE)
    assert again["imported"] == 0
    assert sorted(set(again["outcomes"])) == ["already-there", "name-taken"]
    with sqlite3.connect(database.file) as db:
        assert db.execute("SELECT * FROM account ORDER BY id").fetchall() == before


def test_sessions_are_counted_and_not_carried_over(database):
    with sqlite3.connect(SAMPLE) as db:
        tables = {name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        [table] = tables & {"authsession", "localauthsession"}
        [(count,)] = db.execute(f"SELECT count(*) FROM {table}")
    assert report(database, SAMPLE)["sessionsNotCarriedOver"] == count
    assert database.json("session", "list") == []


def test_everyone_is_accounted_for(database):
    found = report(database, SAMPLE)
    assert [line["username"] for line in found["accounts"]] == [user["username"] for user in USERS]
    assert found["imported"] + found["notImported"] == len(USERS)


# --- Sources that are none

def test_a_missing_source_does_not_create_a_database(database):
    assert_one_line(database.command("import", "reflex", "missing.db"), 1, "missing.db")
    assert not database.file.exists() and not (database.folder / "missing.db").exists()


@pytest.mark.parametrize("content", [b"", b"x", b"text\n" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_source_that_is_no_database_is_one_line(database, tmp_path, content):
    file = tmp_path / "source"
    file.write_bytes(content)
    assert_one_line(database.command("import", "reflex", file), 1, str(file))
    assert not database.file.exists()
    assert file.read_bytes() == content


def test_a_folder_is_no_source(database, tmp_path):
    assert_one_line(database.command("import", "reflex", tmp_path), 1, str(tmp_path))
    assert not database.file.exists()


def test_a_database_without_the_tables_is_one_line(database, tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE users (id)")
    done = database.command("import", "reflex", tmp_path / "other.db")
    assert_one_line(done, 1, "no table user or localuser")
    assert not database.file.exists()


def test_a_table_without_the_columns_is_one_line(database, tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT)")
    assert_one_line(database.command("import", "reflex", tmp_path / "other.db"), 1, "other.db")
    assert not database.file.exists()


def test_our_own_database_is_no_source(database):
    database.add("alice")
    assert_one_line(database.command("import", "reflex", database.file), 1, "not a Reflex database")


def test_a_source_that_its_app_holds_locked_is_one_line(database, source):
    file = source([("alice", HASH, 1)])
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    try:
        assert_one_line(database.command("import", "reflex", file), 1, "locked")
        assert not database.file.exists()
    finally:
        blocker.close()


def test_a_source_in_wal_mode_that_its_app_is_writing_is_read(database, source):
    file = source([("alice", HASH, 1)])
    app = sqlite3.connect(file, isolation_level=None)
    try:
        app.execute("PRAGMA journal_mode = WAL")
        app.execute("INSERT INTO user (username, password_hash, enabled) VALUES ('bob', ?, 1)", (HASH,))
        app.execute("BEGIN IMMEDIATE")
        app.execute("INSERT INTO user (username, password_hash, enabled) VALUES ('carol', ?, 1)", (HASH,))
        report(database, file)
        assert names(database) == ["alice", "bob"]
        app.execute("COMMIT")
        report(database, file)
        assert names(database) == ["alice", "bob", "carol"]
    finally:
        app.close()


def test_both_generations_in_one_file_are_imported(database, source, tmp_path):
    file = source([("alice", HASH, 1), ("both", HASH, 1)])
    source([("bob", HASH.encode(), 1), ("both", HASH.encode(), 0)], NEW)
    found = report(database, file)
    assert sorted(names(database)) == ["alice", "bob", "both"]
    assert sorted(found["outcomes"]) == ["imported", "imported", "imported", "name-taken"]


def test_two_people_whose_names_are_one_to_us_are_named(database, source):
    file = source([("alice", HASH, 1), ("alice ", HASH, 1), ("Rene\u0301e", HASH, 1), ("Ren\u00e9e", HASH, 1)])
    assert report(database, file)["outcomes"] == ["imported", "name-taken", "imported", "name-taken"]


def test_an_account_that_was_there_is_left_as_it_was(database, source):
    database.add("alice", "another good password")
    assert report(database, source([("alice", HASH, 0)]))["outcomes"] == ["already-there"]
    assert database.json("user", "show", "alice")["enabled"] is True


def test_the_kinds_of_hashes_that_every_login_pays_for_are_bounded_and_told(database, source):
    hashes = [bcrypt.hashpw(b"x", bcrypt.gensalt(cost)).decode() for cost in range(4, 11)]
    rows = [(f"u{number}", hash_, 1) for number, hash_ in enumerate([*hashes, hashes[0]])]
    file = source(rows)
    found = report(database, file)
    assert found["outcomes"] == ["imported"] * 4 + ["work-refused"] * 3 + ["imported"]
    assert len(found["worksInUse"]) == 5
    text = database.ok("import", "reflex", file, "--skip-invalid", database.folder / "skipped.jsonl")
    assert "each login computes 5 hashes" in text and "bcrypt cost=10" in text


# --- Rows that are not as they should be

@pytest.mark.parametrize("name, outcome", [
    ("", "name-refused"), (None, "name-refused"), ("a\0b", "name-refused"), (b"a\xff\xfeb", "name-refused"),
    ("a b", "imported"), ("<script>", "imported"), ("a #/b🔑", "imported"), ("a  b", "name-refused"), ("a\u2800", "name-refused"), ("\x1b[31mred", "name-refused"),
    ("a\u202eb", "name-refused"), ("x" * 65, "name-refused"), ("x" * 64, "imported"),
    ("big" * 170_000, "name-refused"), (b"blob", "imported"), (12345, "imported"),
])
@pytest.mark.parametrize("schema", [OLD, NEW], ids=["user", "localuser"])
def test_every_name_is_imported_or_named(database, source, name, outcome, schema):
    file = source([("first", HASH, 1), (name, HASH, 1), ("last", HASH, 1)], schema)
    assert report(database, file)["outcomes"] == ["imported", outcome, "imported"]
    expected = ["first", "last"] if outcome != "imported" else ["first", names(database)[1], "last"]
    assert names(database) == expected
    text = database.command("import", "reflex", file).stdout.decode()
    assert "\x1b" not in text and "\0" not in text and "\u202e" not in text


@pytest.mark.parametrize("hash_", [
    None, "", "plain", HASH[:-1], HASH + "x", "$2b$31$" + HASH[7:], "$2b$99$" + HASH[7:],
    HASH.encode() + b"\0", b"\xff" * 60, 5, "x" * 500_000, "*0"])
def test_a_hash_that_cannot_be_verified_is_named(database, source, hash_):
    file = source([("first", HASH, 1), ("odd", hash_, 1), ("last", HASH.encode(), 1)])
    assert report(database, file)["outcomes"] == ["imported", "hash-refused", "imported"]
    assert names(database) == ["first", "last"]


@pytest.mark.parametrize("enabled, expected", [
    (1, True), (0, False), (None, False), ("", False), (2, False), (-1, False), ("yes", False), (b"1", False)])
def test_only_a_clear_yes_is_enabled(database, source, enabled, expected):
    report(database, source([("alice", HASH, enabled)]))
    assert [record["enabled"] for record in database.json("user", "list")] == [expected]


@pytest.mark.parametrize("kind, number", [
    ("TEXT", "9d0b7e5a-uuid"), ("TEXT", "1x"), ("REAL", 1.5), ("BLOB", b"\x01\x02"), ("REAL", 1e300)])
def test_an_id_that_is_no_number_is_no_crash(database, tmp_path, kind, number):
    with sqlite3.connect(tmp_path / "odd.db") as db:
        db.execute(f"CREATE TABLE user (id {kind} PRIMARY KEY, username, password_hash, enabled)")
        db.execute("INSERT INTO user VALUES (?, 'alice', ?, 1)", (number, HASH))
    assert report(database, tmp_path / "odd.db")["outcomes"] == ["imported"]


def test_a_very_long_name_is_shortened_for_people(database, source):
    text = database.command("import", "reflex", source([("big" * 170_000, HASH, 1)])).stdout.decode()
    assert len(text) < 2000


# --- All or nothing

@pytest.mark.clause("ASVS 2.3.3")
def test_nothing_is_imported_when_one_row_cannot_be_written(database):
    database.add("zoe")
    with sqlite3.connect(database.file) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON account WHEN new.username = 'carol' "
            "BEGIN SELECT RAISE(ABORT, 'no space'); END")
    assert_one_line(database.command("import", "reflex", SAMPLE), 1, "no space")
    assert names(database) == ["zoe"]


def test_nothing_is_imported_into_a_database_that_another_writes(database):
    database.add("zoe")
    writer = sqlite3.connect(database.file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert_one_line(database.command("import", "reflex", SAMPLE), 1, "locked")
    finally:
        writer.close()
    assert names(database) == ["zoe"]


def test_an_import_into_a_running_server_is_seen_at_once(server, name, source):
    file = source([(name, HASH, 1)])
    assert server.post("/login", {"username": name, "password": PASSWORD}).status == 422
    server.ok("import", "reflex", file)
    assert server.may_enter(server.log_in(name))


@pytest.mark.clause("ASVS 15.3.1")
def test_the_report_holds_no_hash(database, source):
    text = "".join(
        database.command("import", "reflex", SAMPLE, *options).stdout.decode() for options in ((), ("--json",)))
    assert "$2" not in text
