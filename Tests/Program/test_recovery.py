"""Accounts whose password only their owner knows."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from program import PASSWORD, Server

NEW = "a new horse altogether"


def reset(server, name):
    return server.json("user", "reset", name)["code"]


def recover(server, name, code, password=NEW, again=None, headers=()):
    fields = {"username": name, "code": code, "password": password, "confirm_password": again or password}
    return server.post("/recover", fields, headers=headers)


def log_in(server, name, password):
    return server.post("/login", {"username": name, "password": password}).status


@pytest.mark.clause("ASVS 6.4.6", "ASVS 6.5.6", "NIST C1", "NIST C6", "ASVS 7.4.5")
def test_a_reset_ends_the_sessions_and_the_password_and_its_code_sets_a_new_one(server, account):
    cookie = server.log_in(account)
    text = server.ok("user", "reset", account)
    code = re.search(r"^Recovery code: (\S+)$", text, re.M)[1]
    assert not server.may_enter(cookie) and log_in(server, account, PASSWORD) == 422
    answer = recover(server, account, code)
    assert answer.status == 303 and answer["location"] == f"/login?username={account}&notice=recovered"
    assert not server.may_enter("; ".join(value.split(";")[0] for value in answer.all("set-cookie"))), "no login"
    assert "Your password was set" in server.get(answer["location"]).text
    assert log_in(server, account, NEW) == 303
    assert recover(server, account, code).status == 422, "used"


def test_whoever_has_used_a_code_is_not_stopped_by_what_strangers_have_guessed(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        server.add("ada")
        code = reset(server, "ada")
        # From the same address, as in an office.
        for number in range(20):
            server.post("/login", {"username": f"n{number}", "password": "x"})
        assert server.post("/login", {"username": "ada", "password": "x"}).status == 429
        answer = recover(server, "ada", code)
        assert answer.status == 303
        assert log_in(server, "ada", NEW) == 429, "in another browser"
        done = server.post("/login", {"username": "ada", "password": NEW}, answer.device())
        assert done.status == 303


def test_whoever_recovers_an_account_that_was_guessed_at_is_told(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        server.add("ada")
        assert log_in(server, "ada", "x" * 9) == 422
        with closing(sqlite3.connect(server.file)) as db, db:
            db.execute("UPDATE throttle SET failures = 100 WHERE kind = 'account'")
        answer = recover(server, "ada", reset(server, "ada"))
        assert answer["location"] == "/login?username=ada&notice=recovered-guessed"
        assert "Somebody had tried very often to guess the old one" in server.get(answer["location"]).text


def test_the_code_of_a_disabled_account_opens_nothing_until_it_is_enabled_and_the_operator_reads_so(server, account):
    server.ok("user", "disable", account)
    assert "The account is disabled" in server.ok("user", "reset", account)
    printed = server.json("user", "reset", account)
    assert printed["enabled"] is False
    assert recover(server, account, printed["code"]).status == 422
    server.ok("user", "enable", account)
    assert recover(server, account, printed["code"]).status == 303


@pytest.mark.clause("ASVS 13.2.3", "ASVS 6.4.1")
def test_an_account_is_added_without_a_password_that_anybody_else_would_know(server, name):
    text = server.ok("user", "add", name)
    assert text.startswith(f"Added {name}.\nRecovery code: ")
    code = re.search(r"code: (\S+)", text)[1]
    for password in ("", code, name, PASSWORD):
        assert log_in(server, name, password) == 422
    answer = recover(server, name.upper(), code.lower().replace("-", " "), headers=[("Accept", "application/json")])
    assert answer.status == 200 and '"location"' in answer.text
    assert log_in(server, name, NEW) == 303


@pytest.mark.clause("ASVS 6.5.1", "ASVS 2.3.4", "ASVS 15.4.2", "NIST L1", "NIST C2")
def test_of_a_hundred_uses_of_one_code_one_succeeds(server, account):
    code = reset(server, account)
    before = server.json("audit", "list", "--last", "1")[0]["number"]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda number: recover(server, account, code, f"{NEW} {number}"), range(100)))
    assert sorted({answer.status for answer in answers}) in ([303, 422], [303, 422, 503])
    assert sum(answer.status == 303 for answer in answers) == 1
    # That others had the code, too, is in the trail.
    events = [record["event"] for record in server.json("audit", "list", "--last", "300") if record["number"] > before]
    assert events.count("recovered") == 1
    assert events.count("recovery-refused") == sum(answer.status == 422 for answer in answers)


@pytest.mark.clause("ASVS 6.3.8")
def test_whatever_is_wrong_with_a_code_the_words_are_the_same(server, account):
    code = reset(server, account)
    answers = [
        recover(server, "nobody", code), recover(server, account, code[:-1] + ("A" if code[-1] != "A" else "B")),
        recover(server, account, ""), recover(server, account, "x" * 5000), recover(server, "", code),
    ]
    server.ok("user", "disable", account)
    answers.append(recover(server, account, code))
    alerts = {re.search(r'role="alert"[^>]*>([^<]*)<', answer.text)[1] for answer in answers}
    assert len(alerts) == 1 and {answer.status for answer in answers} == {422}


@pytest.mark.clause("ASVS 6.2.4", "ASVS 6.2.11", "ASVS 2.2.2", "NIST P12", "NIST P13")
@pytest.mark.parametrize("password", ["password1", "SUNSHINE", "latchkey2026", "{name}", "{name}{name}1"])
def test_a_password_that_is_tried_first_is_refused_at_every_door(server, account, password):
    template, stranger, password = password, account + "x", password.format(name=account)
    cookie = server.log_in(account)
    theirs = template.format(name=stranger)
    answers = [
        server.post("/register", {"username": stranger, "password": theirs, "confirm_password": theirs}),
        server.post("/account/password", {
            "current_password": PASSWORD, "password": password, "confirm_password": password}, cookie),
    ]
    code = reset(server, account)
    answers.append(recover(server, account, code, password))
    for answer in answers:
        assert answer.status == 422 and re.search("tried first|little more than", answer.text), answer.text
    for words, typed in ((["user", "add", stranger, "--password"], theirs), (["user", "set-password", account], password)):
        done = server.command(*words, stdin=typed + "\n")
        assert done.returncode == 1 and re.search(b"tried first|little more than", done.stderr)
    assert recover(server, account, code).status == 303, "the mistakes did not use the code up"


@pytest.mark.clause("ASVS 16.2.5", "ASVS 6.5.2", "NIST L2")
def test_no_secret_stands_in_the_database_the_log_or_the_trail(server, account):
    cookie = server.log_in(account)
    code = reset(server, account)
    recover(server, account, code)
    everything = "".join([
        server.log, server.ok("audit", "list", "--last", "100000", "--json"),
        *(file.read_bytes().decode("latin-1") for file in server.folder.glob(server.file.name + "*"))])
    for secret in (cookie.split("=")[1], code, code.replace("-", ""), NEW, PASSWORD):
        assert secret not in everything
