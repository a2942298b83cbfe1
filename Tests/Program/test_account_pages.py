"""Sessions, their end, and the password, as people change them."""

import re
import sqlite3

import pytest

from program import PASSWORD, Server, eventually

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


# --- Open pages


def stream(server, cookie, session):
    """An open stream of events, after its headers."""
    wire = server.wire().__enter__()
    wire.send_request("GET", f"/account/live?session={session}", [("Host", server.host), ("Cookie", cookie)])
    head = wire._until(b"\r\n\r\n")
    return wire, head


def session_of(server, cookie):
    return re.search(r'data-session="([0-9a-f]{32})"', server.get("/protected", cookie).text)[1]


def ends(wire):
    while b"event: ended" not in wire.buffer:
        assert wire._more(), wire.buffer
    assert b"You have been logged out." in wire.buffer
    return True


@pytest.mark.clause("ASVS 7.4.1", "ASVS 7.4.2", "ASVS 8.3.2")
@pytest.mark.parametrize("way", [
    "logout", "user disable", "user delete", "user reset", "session revoke", "session revoke --all", "login"])
def test_an_open_page_is_told_whoever_ends_its_session(tmp_path, way):
    with Server(tmp_path) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        session = session_of(server, cookie)
        wire, head = stream(server, cookie, session)
        assert b" 200 " in head and b"text/event-stream" in head and b"no-store" in head
        match way:
            case "logout": server.post("/logout", {}, cookie)
            case "login": server.log_in("ada", cookie=cookie)
            case "session revoke": server.ok("session", "revoke", session)
            case "session revoke --all": server.ok("session", "revoke", "--all")
            case "user delete": server.ok("user", "delete", "ada", "--yes")
            case _: server.ok(*way.split(), "ada")
        assert ends(wire)
        wire.socket.close()


def test_a_stream_without_its_session_ends_at_once(server, account):
    cookie = server.log_in(account)
    for given, session in (("", "0" * 32), (cookie, "0" * 32), (cookie, "")):
        answer = server.get(f"/account/live?session={session}", given)
        assert answer.status == 200 and "event: ended" in answer.text


@pytest.mark.clause("ASVS 15.2.2", "ASVS 2.1.3")
def test_an_account_has_twenty_streams_and_a_closed_one_makes_room(server, account):
    cookie = server.log_in(account)
    session = session_of(server, cookie)
    wires = [stream(server, cookie, session)[0] for _ in range(20)]
    answer = server.get(f"/account/live?session={session}", cookie)
    assert answer.status == 429 and answer["retry-after"]
    wires.pop().socket.close()

    def has_room():
        wire, head = stream(server, cookie, session)
        wire.socket.close()
        return b" 200 " in head
    eventually(has_room)
    for wire in wires:
        wire.socket.close()


def test_open_streams_do_not_hold_a_shutdown_up(tmp_path):
    with Server(tmp_path) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        wires = [stream(server, cookie, session_of(server, cookie))[0] for _ in range(5)]
        server.signal()
        assert server.wait() == 0
        for wire in wires:
            wire.socket.close()
