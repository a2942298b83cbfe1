"""Accounts and sessions from the command line, on a database that a server is using."""

import pytest

from program import PASSWORD, assert_one_line, command

COMMANDS = [
    "", "serve", "user", "user add", "user list", "user show", "user disable", "user enable",
    "user delete", "user reset", "user set-password", "throttle", "throttle list", "throttle clear",
    "audit", "audit list", "audit tail", "audit verify", "session", "session list", "session revoke",
    "import", "import reflex", "import django", "import devise", "import firebase", "import htpasswd",
    "import csv", "import jsonl", "export", "export jsonl", "user export", "backup", "restore", "password", "password hash", "password verify", "doctor", "init", "db", "db init",
    "db makemigrations", "db migrate", "db rollback", "db status",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_has_an_example(words):
    done = command(*words.split(), "--help")
    assert done.returncode == 0
    assert b"Example: latchkey" in done.stdout
    assert done.stderr == b""


def test_version_is_printed():
    done = command("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.strip()


@pytest.mark.parametrize("arguments", [
    ["user", "list", "--no-such-option"], ["user", "show"], ["user", "add", "a", "b"], ["nonsense"],
    ["serve", "--port", "70000"], ["serve", "--port", "http"], ["session", "revoke"],
    ["session", "revoke", "x", "--user", "y"], ["session", "revoke", "--all", "--user", "y"], ["import", "reflex"], ["import", "nothing", "x"],
    ["import", "firebase", "x"], ["export", "jsonl"], ["backup"], ["restore"],
    ["password", "hash", "--cost", "99"], ["password", "hash", "--scheme", "md5"],
    ["user", "add", "a", "--password", "secret"], ["throttle", "clear"], ["throttle", "clear", "--address", "nowhere"],
    ["audit", "list", "--last", "-1"], ["audit", "list", "--last", "0"], ["audit", "list", "--user", "a", "--account", "1"], ["audit", "verify", "--known", "17"], ["audit", "verify", "--known", "0:" + "0" * 64],
    ["audit", "tail", "--after", "x"],
])
def test_a_wrong_command_line_is_64(arguments, tmp_path):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 64, done
    assert done.stdout == b""
    assert done.stderr.startswith(b"Error: ")
    assert list(tmp_path.iterdir()) == [], "a database was made"


@pytest.mark.parametrize("arguments", [
    ["user", "show"], ["user", "disable"], ["user", "enable"], ["user", "delete", "--yes"],
    ["user", "reset"], ["user", "set-password"], ["session", "list", "--user"], ["session", "revoke", "--user"],
    ["throttle", "clear", "--user"], ["audit", "list", "--user"], ["user", "export"],
])
def test_an_unknown_account_is_one_line(empty, arguments):
    done = empty.command(*arguments, "nobody", stdin=PASSWORD + "\n")
    assert_one_line(done, 1, "There is no account named nobody.")


def test_an_unknown_session_is_one_line(empty):
    assert_one_line(empty.command("session", "revoke", "0" * 32), 1, "There is no session")


def test_an_added_account_is_listed_and_shown(database):
    assert database.ok("user", "add", "Alice", "--password", stdin=PASSWORD + "\n") == "Added Alice.\n"
    [listed] = database.json("user", "list")
    assert listed["username"] == "Alice" and listed["enabled"] is True
    shown = database.json("user", "show", "alice")
    assert shown == listed | {"sessions": 0}
    for words in (["user", "list"], ["user", "show", "ALICE"]):
        header, row = database.ok(*words).splitlines()
        assert header.split()[:4] == ["ID", "USERNAME", "STATE", "CREATED"]
        assert row.split()[:4] == [str(listed["id"]), "Alice", "enabled", listed["created"]]
    assert database.json("session", "list") == []


def test_every_account_of_many_is_listed_in_order(database):
    # More than one page of the store.
    database.add("first")
    import sqlite3
    with sqlite3.connect(database.file) as db:
        db.executemany(
            "INSERT INTO account SELECT NULL, ?1, ?1, password_hash, password_work, 0, 1, 0 "
            "FROM account WHERE id = 1", [(f"n{number}",) for number in range(1200)])
    names = [record["username"] for record in database.json("user", "list")]
    assert names == ["first", *(f"n{number}" for number in range(1200))]


@pytest.mark.clause("ASVS 2.2.1")
@pytest.mark.parametrize("name, password, message", [
    ("", PASSWORD, "Username cannot be empty"),
    ("a b", PASSWORD, "Remove the blank"),
    ("a\x1b[31mb", PASSWORD, "U+001B"),
    ("a\u202eb", PASSWORD, "U+202E"),
    ("<b>", PASSWORD, "Remove"),
    ("a" * 65, PASSWORD, "too long"),
    ("alice", "", "Password cannot be empty"),
    ("alice", "short", "at least 8 characters"),
    ("alice", "x" * 257, "at most 256 characters"),
    ("alice", "abcdefgh\0ijkl", "NUL"),
    ("alice", "x" * 5000, "longer than 4096 bytes"),
])
def test_what_the_rules_refuse_is_one_line(database, name, password, message):
    assert_one_line(database.command("user", "add", name, "--password", stdin=password + "\n"), 1, message)
    assert database.json("user", "list") == []


def test_a_password_that_is_not_utf8_is_one_line(database):
    done = database.command("user", "add", "alice", "--password", stdin=b"abcd\xff\xfeefgh\n")
    assert_one_line(done, 1, "not valid UTF-8")
    assert database.json("user", "list") == []


def test_a_name_is_taken_in_every_spelling(database):
    database.add("Alice")
    for name in ("Alice", "alice", "ALICE", "Ａｌｉｃｅ"):
        assert_one_line(
            database.command("user", "add", name, "--password", stdin=PASSWORD), 1, "is already registered")


@pytest.mark.parametrize("stdin", [
    PASSWORD, PASSWORD + "\n", PASSWORD + "\r\n", PASSWORD + "\nmore lines\n"])
def test_the_password_is_the_first_line_of_standard_input(server, name, stdin):
    server.ok("user", "add", name, "--password", stdin=stdin)
    server.log_in(name)


@pytest.mark.clause("ASVS 6.2.5", "ASVS 6.2.8", "NIST P4", "NIST P5", "NIST P6")
@pytest.mark.parametrize("password", [" leading and trailing ", "tab\tinside", "пароль пароль", "🔐" * 8])
def test_a_password_is_kept_as_it_is(server, name, password):
    server.ok("user", "add", name, "--password", stdin=password + "\n")
    server.log_in(name, password)
    assert server.post("/login", {"username": name, "password": password.strip() + "x"}).status == 422


def test_an_account_added_while_the_server_runs_logs_in(server, account):
    assert server.may_enter(server.log_in(account))


@pytest.mark.clause("ASVS 7.4.1", "ASVS 7.4.2", "ASVS 8.3.2", "NIST C6")
def test_disabling_ends_the_sessions_at_the_next_request(server, account):
    cookies = [server.log_in(account), server.log_in(account)]
    assert all(map(server.may_enter, cookies))
    server.ok("user", "disable", account)
    assert not any(map(server.may_enter, cookies))
    refused = server.post("/login", {"username": account, "password": PASSWORD})
    assert refused.status == 422 and "This account is disabled." in refused.text
    assert server.json("user", "show", account)["enabled"] is False

    server.ok("user", "enable", account)
    assert not any(map(server.may_enter, cookies)), "enabling brought an old session back"
    assert server.may_enter(server.log_in(account))


@pytest.mark.clause("ASVS 7.4.3", "ASVS 8.3.2", "NIST C6")
def test_a_new_password_ends_the_sessions_and_the_old_password(server, account):
    cookie = server.log_in(account)
    server.ok("user", "set-password", account, stdin="another good password\n")
    assert not server.may_enter(cookie)
    assert server.post("/login", {"username": account, "password": PASSWORD}).status == 422
    assert server.may_enter(server.log_in(account, "another good password"))


def test_a_refused_new_password_changes_nothing(server, account):
    cookie = server.log_in(account)
    assert_one_line(server.command("user", "set-password", account, stdin="short\n"), 1)
    assert server.may_enter(cookie)
    server.log_in(account)


@pytest.mark.clause("ASVS 7.4.2", "NIST C6")
def test_a_deleted_account_is_gone_and_its_number_is_not_reused(server, account, name):
    cookie = server.log_in(account)
    number = server.json("user", "show", account)["id"]
    server.ok("user", "delete", account, "--yes")
    assert not server.may_enter(cookie)
    assert server.post("/login", {"username": account, "password": PASSWORD}).status == 422
    assert_one_line(server.command("user", "show", account), 1)

    server.add(account)
    assert server.json("user", "show", account)["id"] > number
    assert not server.may_enter(cookie), "the old session became the next account's"


def test_deleting_without_a_terminal_needs_yes(server, account):
    cookie = server.log_in(account)
    for stdin in ("", "y\n", "yes\n"):
        assert_one_line(server.command("user", "delete", account, stdin=stdin), 1, "Nothing was changed", "--yes")
    assert server.json("user", "show", account)["enabled"] is True and server.may_enter(cookie)
    assert server.ok("user", "delete", account, "--yes") == f"Deleted {account}.\n"
    assert not server.may_enter(cookie)


@pytest.mark.clause("ASVS 14.2.6", "ASVS 15.3.1")
def test_sessions_are_listed_without_their_tokens(server, account):
    cookie = server.log_in(account)
    [session] = server.json("session", "list", "--user", account)
    assert session["username"] == account
    assert session["address"] == "127.0.0.1"
    assert set(session) == {
        "id", "username", "created", "lastSeen", "expires", "address", "userAgent"}
    everything = server.ok("session", "list") + server.ok("session", "list", "--json")
    assert session["id"] in everything
    assert cookie.split("=")[1] not in everything
    assert server.json("user", "show", account)["sessions"] == 1


@pytest.mark.clause("ASVS 7.4.5")
def test_one_session_is_revoked_and_the_other_stays(server, account):
    first = server.log_in(account)
    [session] = server.json("session", "list", "--user", account)
    second = server.log_in(account)
    server.ok("session", "revoke", session["id"])
    assert not server.may_enter(first)
    assert server.may_enter(second)
    assert_one_line(server.command("session", "revoke", session["id"]), 1)


@pytest.mark.clause("ASVS 7.4.5")
def test_all_sessions_of_one_account_are_revoked(server, account):
    server.add(account + "2")
    other = server.log_in(account + "2")
    cookies = [server.log_in(account) for _ in range(3)]
    assert "3 sessions" in server.ok("session", "revoke", "--user", account)
    assert not any(map(server.may_enter, cookies))
    assert server.may_enter(other)
