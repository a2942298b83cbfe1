"""Two browsers of one account: what each sees of the other, and a change of the password between them."""

import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from program import CHEAP, PASSWORD, Server

NEW = "a new horse altogether"
WRONG = "not the password"
ASKS_JSON = [("Accept", "application/json")]
AGENTS = {
    "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Safari on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
}


@pytest.fixture
def pair(server, account):
    cookies = []
    for agent in AGENTS.values():
        answer = server.post(
            "/login", {"username": account, "password": PASSWORD}, headers=[("User-Agent", agent)])
        cookies.append(answer.cookie())
    return cookies


def ids(page) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{32})"', page.text)


def age_the_proofs(server, name, milliseconds: int = 700_000) -> None:
    with closing(sqlite3.connect(server.file)) as db:
        db.execute("UPDATE session SET proven_at_ms = proven_at_ms - ? WHERE account_id = "
                   "(SELECT id FROM account WHERE username = ?)", (milliseconds, name))
        db.commit()


@pytest.mark.clause("ASVS 7.5.2", "ASVS 14.2.6")
def test_each_browser_is_listed_in_words_and_by_its_public_id(server, account, pair):
    listed = {session["id"]: session for session in server.json("session", "list", "--user", account)}
    pages = [server.get("/account/sessions", cookie) for cookie in pair]
    for page, mine, other in zip(pages, AGENTS, reversed(AGENTS)):
        current, *rest = re.findall(r'<li class="session.*?</li>', page.text, re.S)
        assert len(rest) == 1 and "This browser" in current and "This browser" not in rest[0]
        assert f"<h2>{mine}</h2>" in current and f"<h2>{other}</h2>" in rest[0]
        # Roughly where from, and no form for the browser at hand: that is what logging out is for.
        assert "127.0.0.x" in page.text and "127.0.0.1" not in page.text and "<form" not in current
        assert set(ids(page)) < set(listed)
        for cookie in pair:
            assert cookie.split("=")[1] not in page.text
    assert ids(pages[0]) != ids(pages[1])


@pytest.mark.clause("ASVS 7.2.4", "ASVS 7.5.2")
def test_ending_the_session_at_hand_logs_out(server, account, pair):
    here, there = pair
    [mine] = ids(server.get("/account/sessions", there))
    answer = server.post("/account/sessions", {"session": mine}, here)
    assert answer.status == 303 and answer["location"].startswith("/?")
    assert answer["set-cookie"].startswith("latchkey=; ") and "Max-Age=0" in answer["set-cookie"]
    assert not server.may_enter(here) and server.may_enter(there)


@pytest.mark.clause("ASVS 2.3.1", "ASVS 7.5.2", "ASVS 7.5.3")
@pytest.mark.parametrize("wanted", ["one", "others"])
def test_an_old_proof_of_the_password_is_no_proof(server, account, pair, wanted):
    here, there = pair
    value = ids(server.get("/account/sessions", here))[0] if wanted == "one" else "others"
    age_the_proofs(server, account)
    refused = server.post("/account/sessions", {"session": value}, here, headers=ASKS_JSON)
    back = f"/account/confirm?next=/account/sessions%3Fsession%3D{value}"
    assert refused.status == 403 and json.loads(refused.text)["location"] == back
    assert server.post("/account/sessions", {"session": value}, here)["location"] == back
    page = server.get(back, here)
    assert page.status == 200 and f'name="next" value="/account/sessions?session={value}"' in page.text
    # The right password from another session proves nothing for this one.
    server.post("/account/confirm", {"password": PASSWORD}, there)
    assert server.post("/account/sessions", {"session": value}, here)["location"] == back
    done = server.post("/account/confirm", {
        "password": PASSWORD, "next": f"/account/sessions?session={value}"}, here, headers=ASKS_JSON)
    assert done.status == 200 and json.loads(done.text)["location"] == f"/account/sessions?session={value}"
    fresh = done.cookie()
    assert fresh != here and not server.may_enter(here) and server.may_enter(fresh)
    assert server.post("/account/sessions", {"session": value}, fresh)["location"].startswith("/account/sessions?notice=")
    assert len(server.json("session", "list", "--user", account)) == 1


@pytest.mark.clause("ASVS 7.2.4", "NIST S2")
def test_a_confirmation_keeps_the_session_and_its_end(server, account):
    cookie = server.log_in(account)
    [before] = server.json("session", "list", "--user", account)
    answer = server.post("/account/confirm", {"password": PASSWORD}, cookie)
    [after] = server.json("session", "list", "--user", account)
    assert {key: before[key] for key in ("id", "created", "expires")} == {
        key: after[key] for key in ("id", "created", "expires")}
    [value] = [value for value in answer.all("set-cookie") if value.startswith("latchkey=")]
    age = int(re.search(r"Max-Age=(\d+)", value)[1])
    assert 604_700 < age <= 604_800


@pytest.mark.clause("ASVS 16.2.1", "ASVS 16.3.3")
def test_the_trail_says_in_which_session_somebody_guessed(server, account):
    cookie = server.log_in(account)
    [session] = server.json("session", "list", "--user", account)
    server.post("/account/confirm", {"password": WRONG}, cookie)
    fields = {"current_password": WRONG, "password": NEW, "confirm_password": NEW}
    server.post("/account/password", fields, cookie)
    last = server.json("audit", "list", "--last", "2", "--user", account)
    assert [record["event"] for record in last] == ["reauthentication-refused", "password-change-refused"]
    assert {record["session"] for record in last} == {session["id"]}


def test_of_two_cookies_of_one_name_nobody_says_that_the_session_has_ended(server, account):
    cookie = server.log_in(account)
    answer = server.get("/protected", f"{cookie}; latchkey={'A' * 43}")
    assert answer.status == 303 and answer["location"] == "/login?next=/protected"
    assert server.may_enter(cookie)


@pytest.mark.clause("ASVS 15.4.2", "ASVS 7.2.4")
def test_of_many_confirmations_at_once_one_token_is_left(server, account):
    cookie = server.log_in(account)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: server.post("/account/confirm", {"password": PASSWORD}, cookie), range(16)))
    assert {answer.status for answer in answers} <= {303, 422, 503}
    fresh = [answer.cookie() for answer in answers if answer.status == 303 and answer["location"] == "/account/sessions"]
    assert not server.may_enter(cookie)
    assert [server.may_enter(token) for token in fresh].count(True) == 1
    assert len(server.json("session", "list", "--user", account)) == 1


@pytest.mark.clause("ASVS 2.2.3", "ASVS 6.2.3", "ASVS 6.2.4", "ASVS 6.2.11")
@pytest.mark.parametrize("current, new, again, field, words", [
    (WRONG, NEW, NEW, "current_password", "The current password is not right"),
    ("", NEW, NEW, "current_password", "The current password is not right"),
    (PASSWORD, NEW, NEW + "x", "confirm_password", "Passwords do not match"),
    (PASSWORD, NEW, "", "confirm_password", "Passwords do not match"),
    (PASSWORD, "", "", "password", "Password cannot be empty"),
    (PASSWORD, "short", "short", "password", "at least 8 characters"),
    (PASSWORD, "sunshine", "sunshine", "password", "tried first"),
    (PASSWORD, "latchkey", "latchkey", "password", "little more than"),
    (PASSWORD, "{name}!", "{name}!", "password", "little more than")])
def test_a_refused_change_says_why_and_changes_nothing(server, account, pair, current, new, again, field, words):
    here, there = pair
    fields = {"current_password": current, "password": new, "confirm_password": again}
    fields = {key: value.format(name=account) for key, value in fields.items()}
    page = server.post("/account/password", fields, here)
    assert page.status == 422 and words in page.text and not page.all("set-cookie")
    [marked] = re.findall(r'<input id="(\w+)"[^>]*aria-invalid="true"', page.text)
    reply = server.post("/account/password", fields, here, headers=ASKS_JSON)
    assert reply.status == 422 and words in json.loads(reply.text)["message"]
    assert json.loads(reply.text)["field"] == marked == field
    for typed in {value for value in fields.values() if len(value) > 8}:
        assert f'value="{typed}"' not in page.text
    assert server.may_enter(here) and server.may_enter(there)
    server.log_in(account)


@pytest.mark.clause("ASVS 6.2.2", "ASVS 7.2.4", "ASVS 7.4.3")
def test_a_changed_password_leaves_one_session_with_a_new_token(server, account, pair):
    here, there = pair
    fields = {"current_password": PASSWORD, "password": NEW, "confirm_password": NEW}
    done = server.post("/account/password", fields, here, headers=ASKS_JSON)
    assert done.status == 200 and json.loads(done.text)["location"] == "/account/sessions?notice=password-changed"
    assert [server.may_enter(cookie) for cookie in (here, there, done.cookie())] == [False, False, True]
    assert "Everywhere else you have been logged out" in server.get("/account/sessions?notice=password-changed", done.cookie()).text
    assert server.post("/login", {"username": account, "password": PASSWORD}).status == 422
    server.log_in(account, NEW)


@pytest.mark.clause("ASVS 15.4.2")
def test_of_two_changes_at_once_one_counts(server, account):
    """Both knew the current password; only the first one's is still the current one when it is set."""
    cookies = [server.log_in(account) for _ in range(8)]

    def change(number: int):
        new = f"{NEW} {number}"
        return server.post("/account/password", {
            "current_password": PASSWORD, "password": new, "confirm_password": new}, cookies[number])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, range(8)))
    changed = [number for number, answer in enumerate(answers) if answer.all("set-cookie")]
    assert len(changed) == 1, [answer.status for answer in answers]
    server.log_in(account, f"{NEW} {changed[0]}")
    assert server.post("/login", {"username": account, "password": PASSWORD}).status == 422


def test_browsers_that_were_known_are_forgotten_with_the_password_but_for_the_one_at_hand(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        server.add("ada")

        def log_in(password, cookie=""):
            return server.post("/login", {"username": "ada", "password": password}, cookie)

        here, there = log_in(PASSWORD), log_in(PASSWORD)
        done = server.post(
            "/account/password", {"current_password": PASSWORD, "password": NEW, "confirm_password": NEW},
            f"{here.cookie()}; {here.device()}")
        assert done.status == 303
        for _ in range(10):
            assert log_in(WRONG).status == 422
        assert log_in(NEW).status == 429
        # The one at hand has a new token, and a copy of its old one is as good as none.
        for stale in (there, here):
            assert log_in(NEW, stale.device()).status == 429
        assert log_in(NEW, done.device()).status == 303


@pytest.mark.clause("ASVS 7.1.2", "ASVS 2.3.2")
def test_however_many_log_in_at_once_the_limit_of_sessions_holds(tmp_path):
    with Server(tmp_path, settings=CHEAP | {"session": {"maximumPerAccount": 3}}) as server:
        server.add("ada"), server.add("bob")
        other = server.log_in("bob")
        with ThreadPoolExecutor(8) as pool:
            cookies = list(pool.map(lambda _: server.log_in("ada"), range(24)))
        assert [server.may_enter(cookie) for cookie in cookies].count(True) == 3
        assert len(server.json("session", "list", "--user", "ada")) == 3
        assert server.may_enter(other)
