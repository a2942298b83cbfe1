"""Sessions, their end, and the password, as people change them."""

import re
import sqlite3

import pytest

from program import PASSWORD, Server

NEW = "a new horse altogether"


def age_the_proof(server, name):
    """As if the password had been given more than ten minutes ago."""
    with sqlite3.connect(server.file) as db:
        db.execute("UPDATE session SET proven_at_ms = proven_at_ms - 700000 WHERE account_id = "
                   "(SELECT id FROM account WHERE username = ?)", (name,))
    db.close()


def ids(page):
    return re.findall(r'name="session" value="([0-9a-f]{32})"', page.text)


@pytest.mark.clause("ASVS 7.5.2", "ASVS 7.1.2", "ASVS 3.3.4")
def test_people_see_their_sessions_and_end_one_or_all_others(server, account):
    here, there, third = (server.log_in(account) for _ in range(3))
    page = server.get("/account/sessions", here)
    assert page.status == 200 and page.text.count("This browser") == 1 and len(ids(page)) == 2
    for cookie in (here, there, third):
        assert cookie.split("=")[1] not in page.text
    answer = server.post("/account/sessions", {"session": ids(page)[0]}, here)
    assert answer.status == 303 and answer["location"] == "/account/sessions?notice=revoked"
    assert [server.may_enter(cookie) for cookie in (there, third)].count(True) == 1
    assert server.post("/account/sessions", {"session": "others"}, here).status == 303
    assert [server.may_enter(cookie) for cookie in (here, there, third)] == [True, False, False]


@pytest.mark.clause("ASVS 8.2.2", "ASVS 8.3.1")
def test_somebody_elses_session_cannot_be_ended_by_its_id(server, account):
    other = account + "2"
    server.add(other)
    victim, attacker = server.log_in(account), server.log_in(other)
    [session] = server.json("session", "list", "--user", account)
    for value in (session["id"], "", "x", "' OR 1=1 --", "a" * 5000):
        status = server.post("/account/sessions", {"session": value}, attacker).status
        assert status == (303 if value == session["id"] else 422)
    assert server.may_enter(victim) and server.may_enter(attacker)


@pytest.mark.clause("ASVS 2.3.1", "ASVS 7.5.3", "ASVS 7.2.4")
def test_ending_sessions_asks_for_the_password_when_the_last_proof_is_old(server, account):
    here, there = server.log_in(account), server.log_in(account)
    [other] = ids(server.get("/account/sessions", here))
    age_the_proof(server, account)
    answer = server.post("/account/sessions", {"session": other}, here)
    assert answer["location"] == f"/account/confirm?next=/account/sessions%3Fsession%3D{other}"
    assert server.may_enter(there), "nothing has ended"
    assert server.post("/account/confirm", {"password": "wrong horse"}, here).status == 422
    done = server.post("/account/confirm", {"password": PASSWORD, "next": f"/account/sessions?session={other}"}, here)
    assert done.status == 303 and done["location"] == f"/account/sessions?session={other}"
    fresh = done.cookie()
    assert not server.may_enter(here) and server.may_enter(fresh)
    page = server.get(done["location"], fresh)
    assert "Log out this browser?" in page.text and server.may_enter(there), "a GET ends nothing"
    server.post("/account/sessions", {"session": other}, fresh)
    assert not server.may_enter(there) and server.may_enter(fresh)


@pytest.mark.clause("ASVS 6.2.2", "ASVS 6.2.3", "ASVS 7.4.3")
def test_a_new_password_ends_everything_else(server, account):
    here, there = server.log_in(account), server.log_in(account)

    def change(current, new, again):
        return server.post(
            "/account/password", {"current_password": current, "password": new, "confirm_password": again}, here)
    for fields in [("wrong horse", NEW, NEW), ("", NEW, NEW), (PASSWORD, "short", "short"), (PASSWORD, NEW, "other")]:
        answer = change(*fields)
        assert answer.status == 422 and not answer.all("set-cookie")
    assert server.may_enter(there)
    done = change(PASSWORD, NEW, NEW)
    assert done.status == 303 and done["location"] == "/account/sessions?notice=password-changed"
    assert not server.may_enter(there) and not server.may_enter(here) and server.may_enter(done.cookie())
    assert server.post("/login", {"username": account, "password": PASSWORD}).status == 422
    assert server.post("/login", {"username": account, "password": NEW}).status == 303


@pytest.mark.clause("ASVS 8.2.1")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/account/sessions", "/account/password", "/account/confirm"])
def test_the_pages_of_an_account_are_private(server, path, method):
    answer = server.get(path) if method == "GET" else server.post(path, {"password": PASSWORD, "session": "others"})
    assert answer.status == 303 and answer["location"].startswith("/login")


@pytest.mark.clause("ASVS 3.7.2")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_no_page_leads_to_another_site(server, account, target):
    cookie = server.log_in(account)
    done = server.post("/account/confirm", {"password": PASSWORD, "next": target}, cookie)
    assert done["location"] == "/account/sessions"
    fields = {"current_password": PASSWORD, "password": NEW, "confirm_password": NEW, "next": target}
    assert server.post("/account/password", fields, done.cookie())["location"].startswith("/account/sessions?")


@pytest.mark.clause("ASVS 7.1.2", "ASVS 2.3.2")
def test_a_login_beyond_the_limit_ends_the_oldest_session(tmp_path):
    settings = {"password": {"scheme": "bcrypt", "bcryptCost": 4}, "session": {"maximumPerAccount": 2}}
    with Server(tmp_path, settings=settings) as server:
        server.add("ada")
        cookies = [server.log_in("ada") for _ in range(3)]
        assert [server.may_enter(cookie) for cookie in cookies] == [False, True, True]
