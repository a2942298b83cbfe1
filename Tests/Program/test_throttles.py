"""Guessing at passwords over the wire."""

import json
import re
import sqlite3

import pytest

from program import CHEAP, PASSWORD, Server, assert_one_line

WRONG = "not the password"
JSON = [("Accept", "application/json")]


@pytest.fixture
def throttled(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        yield server


def guess(server, name, cookie="", headers=(), password=WRONG):
    return server.post("/login", {"username": name, "password": password}, cookie, headers=headers)


def exhaust(server, name, cookie=""):
    for _ in range(10):
        assert guess(server, name, cookie).status == 422
    assert guess(server, name, cookie).status == 429


@pytest.mark.clause("ASVS 2.4.1", "ASVS 2.3.2", "ASVS 6.3.1")
def test_the_eleventh_guess_has_to_wait_at_the_form_and_in_json(throttled):
    throttled.add("ada")
    exhaust(throttled, "ada")
    for headers in ((), JSON):
        # Also the right password: it is not looked at.
        answer = guess(throttled, "ada", headers=headers, password=PASSWORD)
        assert answer.status == 429 and 1 <= int(answer["retry-after"]) <= 30
        assert "Too many attempts. Try again in" in answer.text
        assert not answer.all("set-cookie")


@pytest.mark.clause("ASVS 6.3.8")
@pytest.mark.parametrize("headers", [[], JSON], ids=["form", "json"])
def test_who_waits_reads_the_same_whether_there_is_such_an_account_or_not(throttled, headers):
    throttled.add("ada")
    throttled.add("cyd")
    throttled.ok("user", "disable", "cyd")
    answers = []
    for name in ("ada", "cyd", "nob"):
        for _ in range(11):
            answer = guess(throttled, name, headers=headers)
            throttled.ok("throttle", "clear", "--address", "127.0.0.1")
        answers.append((
            answer.status,
            [(key, value) for key, value in answer.headers if key.lower() not in ("date", "retry-after")],
            re.sub(r"\d+ seconds?", "N seconds", answer.text).replace(f'"{name}"', '"NAME"')))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 429


@pytest.mark.clause("ASVS 8.2.4", "NIST S5")
def test_a_browser_that_was_here_before_is_let_in_and_is_nobody_by_that_alone(throttled):
    throttled.add("ada")
    device = guess(throttled, "ada", password=PASSWORD).device()
    assert not throttled.may_enter(device)
    exhaust(throttled, "ada")
    assert guess(throttled, "ada", device, password=PASSWORD).status == 303
    assert guess(throttled, "ada", "latchkey-device=" + "A" * 43, password=PASSWORD).status == 429


def test_letter_case_and_full_width_are_no_way_around(throttled):
    throttled.add("ada")
    for name in ["ada", "ADA", "Ａｄａ", "aDa", " ada "] * 2:
        assert guess(throttled, name).status == 422
    assert guess(throttled, "Ada").status == 429


def test_the_counts_survive_a_restart_and_hold_for_two_servers_at_once(tmp_path):
    with Server(tmp_path, throttled=True) as one, Server(tmp_path, throttled=True) as other:
        one.add("ada")
        for server in [one, other] * 5:
            assert guess(server, "ada").status == 422
        assert guess(one, "ada").status == guess(other, "ada").status == 429
    with Server(tmp_path, throttled=True) as again:
        assert guess(again, "ada").status == 429


def test_an_operator_lists_and_clears_what_is_counted(throttled):
    throttled.add("ada")
    exhaust(throttled, "ada")
    lines = {line["kind"]: line for line in throttled.json("throttle", "list")}
    assert lines["account"]["subject"] == "ada" and lines["account"]["failures"] == 10
    assert lines["account"]["blockedUntil"] and lines["address"]["subject"] == "127.0.0.1"
    assert "ada" in throttled.ok("throttle", "list")
    assert throttled.ok("throttle", "clear", "--user", "ADA") == "Cleared 1 count.\n"
    assert guess(throttled, "ada", password=PASSWORD).status == 303
    throttled.ok("throttle", "clear", "--address", "127.0.0.1")
    assert "address" not in {line["kind"] for line in throttled.json("throttle", "list")}
    throttled.ok("throttle", "clear", "--all")
    assert throttled.json("throttle", "list") == []
    for words in ([], ["--all", "--user", "ada"], ["--address", "here"]):
        assert throttled.command("throttle", "clear", *words).returncode == 64
    assert_one_line(throttled.command("throttle", "clear", "--user", "nobody"), 1, "no account")


@pytest.mark.clause("ASVS 2.4.1", "ASVS 2.1.3")
def test_the_twenty_first_registration_from_an_address_has_to_wait(throttled):
    def register(number):
        fields = {"username": f"n{number}", "password": PASSWORD, "confirm_password": PASSWORD}
        return throttled.post("/register", fields)
    for number in range(20):
        assert register(number % 15).status in (303, 422)
    answer = register(99)
    assert answer.status == 429 and answer["retry-after"] == "30" and 'value="n99"' in answer.text


@pytest.mark.clause("ASVS 6.3.4")
def test_the_current_password_cannot_be_guessed_from_within(throttled):
    throttled.add("ada")
    here, there = throttled.log_in("ada"), throttled.log_in("ada")
    for path in ("/account/confirm", "/account/password"):
        throttled.ok("throttle", "clear", "--all")
        fields = {"password": WRONG, "current_password": WRONG, "confirm_password": WRONG}
        for _ in range(10):
            assert throttled.post(path, fields, here).status == 422
        assert throttled.post(path, fields, here).status == 429
        assert throttled.post(path, fields, there).status == 422, "another session has its own"
        assert throttled.may_enter(here)


def test_many_strangers_at_many_names_slow_each_other_down_and_nobody_who_is_known(tmp_path):
    with Server(tmp_path, settings=CHEAP | {"proxies": "127.0.0.1"}, throttled=True) as server:
        server.add("ada")
        device = guess(server, "ada", password=PASSWORD).device()
        # One guess for each address at each name. Some are forgiven on the way.
        for number in range(1000):
            address = ("X-Forwarded-For", f"198.51.{number // 250}.{number % 250}")
            answer = guess(server, f"n{number}", headers=[address])
            if answer.status != 422:
                break
        assert number >= 99
        assert answer.status == 429 and 1 <= int(answer["retry-after"]) <= 5
        assert guess(server, "ada", device, password=PASSWORD).status == 303
        first = server.json("throttle", "list")[0]
        assert first["kind"] == "everyone" and first["failures"] >= 90


@pytest.mark.clause("NIST S4", "ASVS 6.1.1")
def test_after_a_hundred_guesses_only_known_browsers_and_recovery_are_left(throttled):
    throttled.add("ada")
    known = guess(throttled, "ada", password=PASSWORD).device()
    assert guess(throttled, "ada").status == 422
    # The other 98 would take four days of waiting.
    with sqlite3.connect(throttled.file) as db:
        db.execute("UPDATE throttle SET failures = 99 WHERE kind = 'account'")
    assert guess(throttled, "ada").status == 422
    with sqlite3.connect(throttled.file) as db:
        db.execute("UPDATE throttle SET blocked_until_ms = 0 WHERE kind = 'account'")
    for _ in range(2):
        answer = guess(throttled, "ada", password=PASSWORD)
        assert answer.status == 429 and answer["retry-after"] == "3600"
    # Whoever waits is counted no more, or nobody could ever say how long.
    assert throttled.json("throttle", "list")[0]["failures"] == 100
    assert guess(throttled, "ada", known, password=PASSWORD).status == 303
    code = throttled.json("user", "reset", "ada")["code"]
    fields = {"username": "ada", "code": code, "password": WRONG, "confirm_password": WRONG}
    assert throttled.post("/recover", fields).status == 303
    assert guess(throttled, "ada", password=WRONG).status == 303, "the new password opens it to all again"


@pytest.mark.clause("ASVS 4.1.3", "ASVS 15.3.4")
def test_a_forwarded_address_is_believed_from_a_proxy_only(tmp_path):
    spoofed = [("X-Forwarded-For", "6.6.6.6, 203.0.113.9")]

    def origins(**settings):
        with Server(tmp_path, settings={"password": {"scheme": "bcrypt", "bcryptCost": 4}} | settings) as server:
            guess(server, "nobody", headers=spoofed)
            return server.json("audit", "list")[-1]["origin"]

    assert origins() == "127.0.0.1"
    assert origins(proxies="10.0.0.0/8") == "127.0.0.1"
    assert origins(proxies="127.0.0.0/8") == "203.0.113.9"


@pytest.mark.parametrize("options", [
    ["--origin", "https://example.org"],
    ["--origin", "http://192.0.2.1:3000", "--allow-plain-http"],
])
def test_throttles_cannot_be_switched_off_for_others(database, options):
    done = database.command("serve", "--port", "0", *options, LATCHKEY_THROTTLE="off")
    assert_one_line(done, 1, "throttle")


@pytest.mark.parametrize("settings, key", [
    ({"throttle": "maybe"}, "throttle"), ({"proxies": "everybody"}, "proxies"), ({"proxies": "10.0.0.0/99"}, "proxies"),
    ({"session": {"maximumPerAccount": 0}}, "session.maximumPerAccount"),
    ({"audit": {"retentionDays": -1}}, "audit.retentionDays"), ({"password": {"blocklist": "/no/such"}}, "password.blocklist"),
    ({"password": {"minimumLength": 300}}, "password.minimumLength"),
])
def test_a_setting_that_cannot_be_is_refused_at_the_start(database, tmp_path, settings, key):
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    done = database.command("serve", "--port", "0", "--config", tmp_path / "settings.json")
    assert_one_line(done, 1, key)
