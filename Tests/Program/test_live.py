"""The stream by which an open page learns that its session has ended, on the socket."""

import re
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from live import ENDED, Stream, session_of
from program import CHEAP, PASSWORD, Server, eventually
from wire import NoAnswer

NEW = "a new horse altogether"


@pytest.fixture
def pair(server, account):
    """Two browsers of one account."""
    return server.log_in(account), server.log_in(account)


def test_a_stream_is_one_of_events_and_is_kept_by_nobody(server, account):
    stream = Stream(server, server.log_in(account))
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["cache-control"] == "no-store" and stream.headers["x-accel-buffering"] == "no"
    assert "content-length" not in stream.headers
    assert re.fullmatch(rb"retry: \d+\n\n", stream.seen)
    stream.close()


@pytest.mark.clause("ASVS 7.4.1", "ASVS 8.3.2")
@pytest.mark.parametrize("way", ["revoke", "others", "password", "logout"])
def test_a_page_is_told_of_what_its_owner_does_elsewhere(server, pair, way):
    here, there = pair
    stream, mine = Stream(server, there), Stream(server, here)
    match way:
        case "revoke": done = server.post("/account/sessions", {"session": session_of(server, there)}, here)
        case "others": done = server.post("/account/sessions", {"session": "others"}, here)
        # As another tab of the same browser does.
        case "logout": done = server.post("/logout", b"", there)
        case "password": done = server.post("/account/password", {
            "current_password": PASSWORD, "password": NEW, "confirm_password": NEW}, here)
    assert done.status == 303
    assert stream.told() and b"You have been logged out." in stream.seen
    # Its own page stays: a new token is not a new session.
    assert mine.is_silent() and ENDED not in mine.seen
    mine.close()


@pytest.mark.clause("ASVS 7.4.1", "ASVS 7.4.2", "ASVS 7.4.5", "ASVS 8.3.2")
@pytest.mark.parametrize("words", [
    "user disable {name}", "user delete {name} --yes", "user set-password {name}", "user reset {name}",
    "session revoke {session}", "session revoke --user {name}", "session revoke --all"])
def test_a_page_is_told_of_what_an_operator_does(tmp_path, words):
    with Server(tmp_path) as server:
        server.add("ada"), server.add("bob")
        cookie, other = server.log_in("ada"), server.log_in("bob")
        streams, bystander = [Stream(server, cookie) for _ in range(3)], Stream(server, other)
        server.ok(*words.format(name="ada", session=session_of(server, cookie)).split(), stdin=NEW)
        assert all(stream.told() for stream in streams)
        if "--all" in words:
            assert bystander.told()
        else:
            assert bystander.is_silent() and ENDED not in bystander.seen
            bystander.close()
        assert "Fatal error" not in server.log and " error " not in server.log


@pytest.mark.clause("ASVS 7.4.1")
def test_a_page_is_told_of_what_happens_on_another_server(tmp_path):
    with Server(tmp_path) as one, Server(tmp_path) as other:
        one.add("ada")
        cookie = one.log_in("ada")
        stream = Stream(one, cookie)
        assert other.post("/logout", b"", cookie).status == 303
        assert stream.told()


@pytest.mark.clause("ASVS 7.3.2")
def test_a_page_is_told_that_the_sessions_time_is_over(tmp_path):
    with Server(tmp_path) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        with sqlite3.connect(server.file) as db:
            db.execute("UPDATE session SET expires_at_ms = ?", (int(time.time() * 1000) + 3000,))
        db.close()
        stream = Stream(server, cookie)
        assert stream.told() and not server.may_enter(cookie)


@pytest.mark.clause("ASVS 8.2.2")
def test_a_stream_is_for_the_session_that_the_cookie_opens(server, account, pair):
    here, there = pair
    server.add(account + "2")
    stranger = server.log_in(account + "2")
    for cookie, session in (
            ("", session_of(server, here)), (stranger, session_of(server, here)), (here, session_of(server, there)),
            ("latchkey=" + "A" * 43, session_of(server, here)), (here, "x"), (here, "'"), (here, "%00")):
        answer = server.get(f"/account/live?session={session}", cookie)
        assert answer.status == 200 and answer["content-type"].startswith("text/event-stream")
        assert answer.body.startswith(ENDED) and answer.body.endswith(b"\n\n") and answer.body.count(b"event:") == 1
    assert server.get("/account/live", here).body.startswith(ENDED)
    assert all(map(server.may_enter, (here, there, stranger))), "asking ends nothing"


@pytest.mark.clause("ASVS 15.2.2")
def test_an_account_has_twenty_streams_in_whatever_browsers_and_others_have_theirs(server, account, pair):
    here, there = pair
    streams = [Stream(server, cookie) for cookie in (here, there) for _ in range(10)]
    assert {stream.status for stream in streams} == {200}
    for cookie in pair:
        answer = server.get(f"/account/live?session={session_of(server, cookie)}", cookie)
        assert answer.status == 429 and int(answer["retry-after"]) > 0
    server.add(account + "2")
    stranger = Stream(server, server.log_in(account + "2"))
    assert stranger.status == 200
    # With the session its streams go, and there is room again.
    server.post("/logout", b"", there)
    assert all(stream.told() for stream in streams[10:])
    again = [Stream(server, here) for _ in range(10)]
    assert {stream.status for stream in again} == {200}
    for stream in [*streams, *again, stranger]:
        stream.close()


@pytest.mark.clause("ASVS 15.2.2")
def test_an_address_has_five_hundred_streams_for_all_of_its_accounts(tmp_path):
    with Server(tmp_path, settings=CHEAP | {"proxies": "127.0.0.1"}) as server:
        streams = []
        for number in range(26):
            server.add(f"n{number}")
            cookie = server.log_in(f"n{number}")
            session = session_of(server, cookie)
            if number < 25:
                streams += [Stream(server, cookie, session) for _ in range(20)]
        assert {stream.status for stream in streams} == {200}
        full = Stream(server, cookie, session)
        assert full.status == 429 and int(full.headers["retry-after"]) > 0
        elsewhere = server.wire()
        elsewhere.send_request("GET", f"/account/live?session={session}", [
            ("Host", server.host), ("Cookie", cookie), ("X-Forwarded-For", "192.0.2.1")])
        assert elsewhere._until(b"\r\n").startswith(b"HTTP/1.1 200 ")
        elsewhere.socket.close()
        for stream in [*streams, full]:
            stream.close()


@pytest.mark.clause("ASVS 15.2.2")
def test_a_browser_that_goes_away_frees_its_place(server, account):
    cookie = server.log_in(account)
    session = session_of(server, cookie)
    for _ in range(3):
        streams = [Stream(server, cookie, session) for _ in range(20)]
        assert {stream.status for stream in streams} == {200}
        for stream in streams:
            stream.close()

        def all_are_gone():
            found = [Stream(server, cookie, session) for _ in range(20)]
            for stream in found:
                stream.close()
            return {stream.status for stream in found} == {200}

        eventually(all_are_gone)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_hold_the_end_up(tmp_path, number):
    server = Server(tmp_path).start()
    try:
        server.add("ada")
        cookie = server.log_in("ada")
        streams = [Stream(server, cookie) for _ in range(20)]
        begin = time.monotonic()
        server.signal(number)
        assert server.wait() == 0
        # Far less than a stream's own life, which has no end; not a measurement.
        assert time.monotonic() - begin < 20
        for stream in streams:
            # The end of a server is not the end of a session.
            try:
                assert not stream.told()
            except NoAnswer:
                assert ENDED not in stream.seen
        with server:
            assert server.may_enter(cookie)
    finally:
        server.kill()


def test_streams_follow_a_storm_of_logins_and_logouts(tmp_path):
    """Many come and go at once: each hears of its own end, and nobody's place is lost."""
    with Server(tmp_path, settings=CHEAP) as server:
        for number in range(8):
            server.add(f"n{number}")

        def visit(number: int) -> bool:
            cookie = server.log_in(f"n{number % 8}")
            stream = Stream(server, cookie)
            assert stream.status == 200
            server.post("/logout", b"", cookie)
            return stream.told()

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(visit, range(160)))
        assert server.json("session", "list") == []
        server.assert_alive()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_stream_is_only_read(server, account, method):
    cookie = server.log_in(account)
    answer = server.request(method, f"/account/live?session={session_of(server, cookie)}", [
        ("Cookie", cookie), ("Origin", server.origin)])
    assert answer.status == 405


def test_a_head_request_for_a_stream_ends(server, account):
    cookie = server.log_in(account)
    answer = server.request("HEAD", f"/account/live?session={session_of(server, cookie)}", [("Cookie", cookie)])
    assert answer.status == 200 and answer.body == b""
