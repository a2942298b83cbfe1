"""At a terminal: prompts that do not echo, questions, and foreign text that cannot take it over."""

import re
import signal
import sqlite3
import subprocess

import pytest

from program import ENVIRONMENT, PASSWORD, SAFETY_SECONDS, assert_one_line, binary
from terminal import Terminal


@pytest.fixture
def terminal(database):
    def make(*arguments):
        return Terminal(*arguments, "--database", database.file, cwd=database.folder)

    return make


def test_the_prompt_does_not_echo_and_asks_twice(database, terminal):
    with terminal("user", "add", "alice", "--password") as shown:
        shown.answer("Password: ", PASSWORD)
        shown.answer("Again: ", PASSWORD)
        assert shown.end() == 0
        assert "Added alice." in shown.seen
        assert PASSWORD not in shown.seen
        assert shown.echoes(), "the terminal was left without echo"
    assert [record["username"] for record in database.json("user", "list")] == ["alice"]


def test_two_different_typings_change_nothing(database, terminal):
    with terminal("user", "add", "alice", "--password") as shown:
        shown.answer("Password: ", PASSWORD)
        shown.answer("Again: ", PASSWORD + "x")
        assert shown.end() == 1
        assert "Error: Passwords do not match." in shown.seen
        assert PASSWORD not in shown.seen
        assert shown.echoes()
    assert database.json("user", "list") == []


def test_ctrl_d_at_the_prompt_is_an_empty_password(database, terminal):
    with terminal("user", "add", "alice", "--password") as shown:
        for prompt in ("Password: ", "Again: "):
            shown.wait_for(prompt)
            shown.type("\x04")
        assert shown.end() == 1
        assert "Password cannot be empty" in shown.seen
        assert shown.echoes()


def test_ctrl_c_at_the_prompt_leaves_the_terminal_as_it_was(database, terminal):
    with terminal("user", "add", "alice", "--password") as shown:
        shown.wait_for("Password: ")
        shown.type("\x03")
        assert shown.end() in (-signal.SIGINT, 128 + signal.SIGINT, 1)
        assert shown.echoes(), "the terminal was left without echo"


@pytest.mark.parametrize("answer, deleted", [("y", True), ("yes", True), ("", False), ("n", False)])
def test_deleting_asks_first(database, terminal, answer, deleted):
    database.add("alice")
    with terminal("user", "delete", "alice") as shown:
        shown.answer("[y/N] ", answer)
        assert shown.end() == (0 if deleted else 1)
        assert ("Deleted alice." if deleted else "Nothing was changed.") in shown.seen
    assert (database.json("user", "list") == []) == deleted


def test_deleting_with_yes_does_not_ask(database, terminal):
    database.add("alice")
    with terminal("user", "delete", "alice", "--yes") as shown:
        assert shown.end() == 0
        assert "[y/N]" not in shown.seen


# --- Foreign text

ESCAPES = "a\x1b[31mred\x1b]0;title\x07"
MARKS = "b\u202egnp\u2066x\u200bq\u2028z\x7f\x9b31m"
# What a terminal acts upon, or cannot show: controls (C0, DEL, C1), format and separators.
DANGEROUS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@pytest.fixture
def hostile(database):
    """A database with names that no door lets in, in case one ever did."""
    database.add("alice")
    with sqlite3.connect(database.file) as db:
        for number, name in enumerate([ESCAPES, MARKS]):
            db.execute(
                "INSERT INTO account SELECT NULL, ?1, ?1, password_hash, password_work, 0, 1, 0 "
                "FROM account WHERE id = 1", (name,))
            db.execute(
                "INSERT INTO session VALUES (?, ?, ?, 0, 0, 99999999999999, ?, ?, 0)",
                (bytes([number]) * 32, str(number) * 32, number + 2, "1\x1b[2J", "agent\x1b[1m\u202e"))
    return database


@pytest.mark.parametrize("words", [["user", "list"], ["session", "list"]])
def test_hostile_names_cannot_take_the_terminal_over(hostile, words):
    text = hostile.ok(*words)
    assert "\\u{1b}[31mred" in text and "\\u{202e}gnp" in text
    assert not DANGEROUS.search(text), ascii(text)


@pytest.mark.clause("ASVS 1.2.3")
@pytest.mark.parametrize("words", [["user", "list"], ["session", "list"]])
def test_hostile_names_cannot_take_the_terminal_over_as_json(hostile, words):
    import json
    text = hostile.ok(*words, "--json")
    assert {ESCAPES, MARKS} <= {record["username"] for record in json.loads(text)}
    assert not DANGEROUS.search(text), ascii(text)


def test_a_hostile_argument_cannot_take_the_terminal_over(empty):
    for words in (["user", "show"], ["session", "list", "--user"], ["session", "revoke"]):
        text = assert_one_line(empty.command(*words, ESCAPES), 1, "\\u{1b}[31mred")
        assert not DANGEROUS.search(text), ascii(text)


def test_an_account_with_a_hostile_name_can_still_be_removed(hostile):
    assert len(hostile.json("user", "list")) == 3
    hostile.ok("user", "delete", ESCAPES, "--yes")
    assert len(hostile.json("user", "list")) == 2


@pytest.mark.clause("ASVS 1.1.2", "ASVS 1.2.1")
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"\u0301 onfocus="x'])
def test_a_hostile_name_cannot_leave_its_place_in_a_page(server, name):
    """Put into the database past every rule."""
    import uuid
    unique = name + uuid.uuid4().hex
    server.add("u" + unique[-12:])
    with sqlite3.connect(server.file) as db:
        db.execute("UPDATE account SET username = ? WHERE username_folded = ?", (unique, "u" + unique[-12:]))
    cookie = server.log_in("u" + unique[-12:])
    for path in ("/", "/protected", "/logout"):
        text = server.get(path, cookie).text
        assert unique not in text
        assert unique[-32:] in text
        assert "<script>" not in text


# --- Output that cannot be written

@pytest.mark.parametrize("words", [["user", "list"], ["user", "list", "--json"], ["session", "list"]])
def test_a_full_output_is_one_line(database, words):
    database.add("alice")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [binary(), *words, "--database", str(database.file)], stdin=subprocess.DEVNULL,
            stdout=full, stderr=subprocess.PIPE, timeout=SAFETY_SECONDS, env=ENVIRONMENT)
    assert done.returncode == 1, done.returncode
    assert done.stderr.count(b"\n") == 1, done.stderr[:500]
