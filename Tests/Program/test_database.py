"""Databases that cannot be used, and settings that cannot be what they say."""

import json
import os
import sqlite3

import pytest

from program import PASSWORD, Server, assert_one_line, command

BOTH = pytest.mark.parametrize("words", [["user", "list"], ["serve", "--port", "0"]])


@pytest.mark.parametrize("words", [
    ["user", "list"], ["user", "show", "a"], ["user", "disable", "a"], ["user", "enable", "a"],
    ["user", "delete", "a", "--yes"], ["user", "reset", "a"], ["user", "set-password", "a"], ["session", "list"],
    ["session", "revoke", "--user", "a"], ["session", "revoke", "--all"], ["throttle", "list"], ["throttle", "clear", "--all"],
    ["audit", "list"], ["audit", "tail"], ["audit", "verify"]])
def test_a_mistyped_name_makes_no_database(database, words):
    assert_one_line(database.command(*words, stdin=PASSWORD), 1, f"There is no database {database.file}.")
    assert list(database.folder.iterdir()) == []


@pytest.mark.parametrize("words", [["user", "add", "a", "--password"], ["serve", "--port", "0"]])
def test_a_database_in_a_missing_folder_is_one_line(tmp_path, words):
    done = command(*words, "--database", tmp_path / "missing/app.db")
    assert_one_line(done, 1, "missing/app.db", "folder is missing")
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("name", ["file:app.db", "FILE:app.db?mode=memory", ":memory:"])
def test_a_name_that_means_another_file_is_refused(tmp_path, name):
    for words in (["user", "add", "a", "--password"], ["serve", "--port", "0"], ["db", "migrate"]):
        done = command(*words, "--database", name, cwd=tmp_path, stdin=PASSWORD)
        assert_one_line(done, 1, f'and not "{name}"')
    assert b"MUST: The database needs the name of a file" in command("doctor", "--database", name, cwd=tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["postgres", "postgresql"])
def test_a_program_without_postgresql_says_how_to_get_it(tmp_path, kind):
    done = command("user", "list", "--database", f"{kind}://app:hunter2@127.0.0.1:1/app", cwd=tmp_path)
    assert "hunter2" not in assert_one_line(done, 1, "swift build --traits Postgres")


def test_another_url_is_refused_and_its_password_is_not_repeated(tmp_path):
    done = command("user", "list", "--database", "mysql://app:hunter2@db.example.org/app", cwd=tmp_path)
    assert "hunter2" not in assert_one_line(done, 1, "or begin with postgres://")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_database_that_others_cannot_read(tmp_path):
    (tmp_path / "app.db").touch(0o644)
    assert command("user", "add", "a", "--password", "--database", tmp_path / "app.db", stdin=PASSWORD).returncode == 0
    assert (tmp_path / "app.db").stat().st_mode & 0o777 == 0o600


@BOTH
def test_a_folder_is_no_database(tmp_path, words):
    assert_one_line(command(*words, "--database", tmp_path), 1, str(tmp_path))


@BOTH
def test_a_text_file_is_no_database_and_stays_as_it_was(tmp_path, words):
    file = tmp_path / "notes.txt"
    file.write_text("notes\n" * 1000)
    assert_one_line(command(*words, "--database", file), 1, "not an SQLite database")
    assert file.read_text() == "notes\n" * 1000


@BOTH
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_read_only_database_is_one_line(database, words):
    database.add("alice")
    database.file.chmod(0o444)
    assert_one_line(database.command(*words), 1)


@BOTH
def test_a_newer_database_is_one_line(database, words):
    database.add("alice")
    with sqlite3.connect(database.file) as db:
        db.execute("INSERT INTO latchkey_migration VALUES ('latchkey', '99-from-the-future', hex(zeroblob(32)), 0)")
    assert_one_line(database.command(*words), 1, "newer version", "99-from-the-future")


@BOTH
def test_a_damaged_database_is_one_line(database, words):
    database.add("alice")
    with sqlite3.connect(database.file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with open(database.file, "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 8000)
    assert_one_line(database.command(*words), 1, "damaged")


@BOTH
def test_a_database_of_something_else_with_our_table_names_is_one_line(tmp_path, words):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE account (id, balance)")
    assert_one_line(command(*words, "--database", tmp_path / "other.db"), 1, "other.db")
    with sqlite3.connect(tmp_path / "other.db") as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("account",)]


@pytest.mark.parametrize("options, environment", [
    (["--database", ""], {}), ([], {"LATCHKEY_DATABASE": ""})])
def test_an_empty_database_name_is_explained(tmp_path, options, environment):
    done = command("user", "list", *options, cwd=tmp_path, **environment)
    text = assert_one_line(done, 1)
    assert "WAL" not in text


@pytest.mark.clause("ASVS 13.2.6")
def test_a_locked_database_is_one_line_within_half_a_minute(database):
    database.add("alice")
    blocker = sqlite3.connect(database.file, isolation_level=None)
    blocker.execute("PRAGMA locking_mode = EXCLUSIVE")
    blocker.execute("BEGIN EXCLUSIVE")
    try:
        assert_one_line(database.command("user", "list", timeout=25), 1, "locked")
    finally:
        blocker.close()


def test_a_short_lock_is_waited_for(database):
    database.add("alice")
    import threading
    blocker = sqlite3.connect(database.file, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1, lambda: blocker.execute("COMMIT"))
    release.start()
    try:
        database.ok("user", "add", "bob", "--password", stdin=PASSWORD)
    finally:
        release.join()
        blocker.close()


@pytest.mark.clause("ASVS 13.2.2", "ASVS 13.3.2", "ASVS 16.2.3")
def test_only_its_owner_may_read_the_database(tmp_path):
    with Server(tmp_path) as server:
        server.add("alice")
        files = sorted(tmp_path.glob("latchkey.db*"))
        files = [file for file in files if not file.name.endswith((".json", ".log"))]
        assert [file.name for file in files] == ["latchkey.db", "latchkey.db-shm", "latchkey.db-wal"]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


# --- Settings: option, environment, file

def test_an_option_wins_over_the_environment_and_that_over_the_file(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"database": "file.db"}))

    def made(*options, **environment):
        for old in tmp_path.glob("*.db*"):
            old.unlink()
        done = command("user", "add", "alice", "--password", *options, cwd=tmp_path, stdin=PASSWORD, **environment)
        assert done.returncode == 0, done.stderr
        return {path.name for path in tmp_path.glob("*.db")}

    config = ["--config", file]
    assert made() == {"latchkey.db"}
    assert made(*config) == {"file.db"}
    assert made(LATCHKEY_CONFIG=str(file)) == {"file.db"}
    assert made(*config, LATCHKEY_DATABASE="environment.db") == {"environment.db"}
    assert made(*config, "--database", "option.db", LATCHKEY_DATABASE="environment.db") == {"option.db"}


def test_serve_is_configured_by_option_environment_and_file(tmp_path):
    def address(*options, settings=None, **environment):
        # An https origin or another address refuses to go without throttles.
        with Server(
                tmp_path, "--port", "0", *options, settings=settings, throttled=True, **environment) as server:
            return server.origin

    file, environment = "https://file.example", "https://environment.example"
    assert address(settings={"origin": file}) == file
    assert address(settings={"origin": file}, LATCHKEY_ORIGIN=environment) == environment
    assert address(
        "--origin", "https://option.example", settings={"origin": file},
        LATCHKEY_ORIGIN=environment) == "https://option.example"
    assert address(LATCHKEY_HOSTNAME="::1").startswith("http://localhost:") if has_ipv6() else True
    assert address(settings={"hostname": "127.0.0.1", "port": 1}).startswith("http://localhost:")


def has_ipv6() -> bool:
    import socket
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.parametrize("settings, key", [
    ({"port": "http"}, "port"), ({"port": 70000}, "port"), ({"port": -1}, "port"),
    ({"origin": "example.org"}, "origin"), ({"origin": "ftp://example.org"}, "origin"),
    ({"origin": "https://example.org/path"}, "origin"), ({"origin": "https://"}, "origin"),
    ({"origin": "https://a b"}, "origin"), ({"origin": "https://a:99999"}, "origin"),
    ({"allowPlainHTTP": "perhaps"}, "allowPlainHTTP"),
    ({"password": {"scheme": "md5"}}, "password.scheme"),
    ({"password": {"bcryptCost": 31}}, "password.bcryptCost"),
    ({"password": {"minimumLength": 1}}, "password.minimumLength"),
    ({"session": {"lifetimeSeconds": "for ever"}}, "session.lifetimeSeconds"),
    ({"hashing": {"lanes": 0}}, "hashing.lanes"),
    ({"log": {"level": "loud"}}, "log.level"),
])
def test_a_setting_that_cannot_be_is_one_line(tmp_path, settings, key):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    # Settings are read before the database is opened, and this one cannot be.
    done = command("serve", "--database", "missing/app.db", "--config", file, cwd=tmp_path)
    assert_one_line(done, 1, f"The setting {key} is ")


@pytest.mark.parametrize("settings, key", [
    ({"port": [3000]}, "port"), ({"port": 3000.5}, "port"),
    ({"origin": 5}, "origin"), ({"database": 5}, "database"), ({"hostname": ["127.0.0.1"]}, "hostname"),
    ({"templates": 7}, "templates"), ({"allowPlainHTTP": ["yes"]}, "allowPlainHTTP"),
    ({"password": {"scheme": ["bcrypt"]}}, "password.scheme"),
    ({"password": {"bcryptCost": [4]}}, "password.bcryptCost"),
    ({"session": {"lifetimeSeconds": 60.5}}, "session.lifetimeSeconds"),
    ({"log": {"level": 3}}, "log.level"), ({"throttle": False}, "throttle"), ({"proxies": 127}, "proxies"),
    ({"audit": {"retentionDays": 1.5}}, "audit.retentionDays"),
    ({"session": {"maximumPerAccount": "five"}}, "session.maximumPerAccount"),
])
def test_a_setting_of_the_wrong_type_is_one_line(tmp_path, settings, key):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    # Settings are read before the database is opened, and this one cannot be.
    elsewhere = [] if key == "database" else ["--database", "missing/app.db"]
    words = ["user", "list"] if key == "database" else ["serve"]
    assert_one_line(command(*words, *elsewhere, "--config", file, cwd=tmp_path), 1, f"The setting {key} ")


@pytest.mark.parametrize("text", ["{", "", "[1]", "port: 3000", '"text"', "\x00"])
def test_a_settings_file_that_cannot_be_read_is_an_error(tmp_path, text):
    file = tmp_path / "settings.json"
    file.write_text(text)
    done = command("user", "list", "--config", file, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1 and str(file).encode() in done.stderr
    assert list(tmp_path.glob("*.db")) == []


def test_a_missing_settings_file_is_one_line(tmp_path):
    for options, environment in ((["--config", "none.json"], {}), ([], {"LATCHKEY_CONFIG": "none.json"})):
        done = command("user", "list", *options, cwd=tmp_path, **environment)
        assert_one_line(done, 1, "none.json")


@pytest.mark.parametrize("options", [
    ["serve", "--port", "0", "--templates", "missing"], ["user", "list", "--config", "broken.json"]])
def test_the_cause_is_told_in_words(tmp_path, options):
    (tmp_path / "broken.json").write_text("{")
    assert_one_line(command(*options, cwd=tmp_path), 1)


@pytest.mark.parametrize("settings, parts", [
    ({"sesion": {"idleTimeoutSeconds": 1800}}, ["no setting sesion.idleTimeoutSeconds", "Did you mean session.idleTimeoutSeconds?"]),
    ({"Origin": "https://example.org"}, ["no setting Origin", "Did you mean origin?"]),
    ({"session": {"lifetimeSecond": 60}}, ["Did you mean session.lifetimeSeconds?"]),
    ({"session.lifetimeSeconds": 60, "session": {"x": 1}}, ["no setting session.x"]),
    ({"quite": {"another": {"thing": 1}}}, ["no setting quite.another.thing, which stands in settings.json."]),
    ({"session": {"maximumPerAccount": None}}, ["session.maximumPerAccount in settings.json is null"]),
    ({"\u001b[31mred": 1}, ["no setting"]),
    ({"database": {"path": "x.db"}}, ["database in settings.json is an object"]),
    ([{"database": "x.db"}], ["settings.json must be one JSON object"]),
    ({"database": {}}, ["database in settings.json is an empty object"]),
    ({"": {"port": 1}}, ["There is no setting .port"]),
    ({"password.scheme": "bcrypt", "password": {"scheme": "argon2id"}}, ["password.scheme stands twice"]),
    ('{"port": 1, "port": 2}', ["port stands twice in settings.json"]),
    ('{"port": 1,', ["Cannot read the settings in settings.json", "JSON"]),
    ({"port": True}, ["port in settings.json is true or false, which it cannot be"]),
    ({"allowPlainHTTP": 1}, ["allowPlainHTTP in settings.json is a number, which it cannot be"]),
    ({"throttle": False}, ["throttle in settings.json is true or false"]),
    ({"proxies": ["127.0.0.1", 5]}, ["proxies in settings.json is a list"]),
])
def test_a_setting_that_nobody_reads_is_refused_with_the_nearest_name(tmp_path, settings, parts):
    (tmp_path / "settings.json").write_text(settings if isinstance(settings, str) else json.dumps(settings))
    done = command("user", "add", "alice", "--config", "settings.json", cwd=tmp_path)
    text = assert_one_line(done, 1, *parts)
    assert "\x1b" not in text and not (tmp_path / "latchkey.db").exists()


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_acknowledged_into_a_file_that_is_gone(tmp_path, replaced):
    with Server(tmp_path) as server:
        server.add("ada")
        assert server.get("/health").status == 200
        copy = server.file.read_bytes()
        server.file.rename(tmp_path / "elsewhere.db")
        if replaced:
            server.file.write_bytes(copy)
        assert server.get("/health").status == 503
        answer = server.post("/register", {"username": "bob", "password": PASSWORD, "confirm_password": PASSWORD})
        assert answer.status == 503
        assert "was deleted or replaced while it was in use" in server.log
