"""Three servers on one database, behind one address."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from cluster import PostgresServer, free_port, haproxy
from conftest import make_database
from pages import heading, log_out, logged_in, notice
from program import CHEAP, PASSWORD, Database, eventually
from live import Stream, session_of

LEFT = re.compile(r"/login\?next=.*&notice=ended$")


@pytest.fixture
def servers(request, cluster, folder, tmp_path):
    """Three servers, started at the same moment on an empty database. They count attempts only where the test is about
    that: all of them come from one address."""
    throttle = "on" if request.node.get_closest_marker("throttled") else "off"
    name = make_database(cluster)
    port = free_port()
    servers = [
        PostgresServer(tmp_path, cluster.url(name), "--origin", f"http://localhost:{port}", "--hostname", "127.0.0.1",
                       name=f"server{number}", settings=CHEAP | {"proxies": "127.0.0.1", "throttle": throttle})
        for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(PostgresServer.start, servers))
    gate = haproxy(servers, folder, port)
    yield servers, port, name
    gate.stop()
    for server in servers:
        server.stop()


@pytest.fixture
def database(cluster, servers, tmp_path):
    database = Database(tmp_path)
    database.file = cluster.url(servers[2])
    return database


def test_servers_that_start_at_once_migrate_once(cluster, servers):
    _, _, name = servers
    steps = cluster.sql("SELECT count(*), count(DISTINCT id) FROM latchkey_migration", name)
    assert steps.split("|")[0] == steps.split("|")[1] == "2"


def test_one_of_those_who_want_a_name_gets_it(servers, database):
    all_three, _, _ = servers
    forms = [{"username": name, "password": PASSWORD, "confirm_password": PASSWORD} for name in ("ADA", "ada", "Ada", "aDa")]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(
            lambda number: all_three[number % 3].post("/register", forms[number % 4]).status, range(12)))
    assert answers.count(303) == 1 and set(answers) <= {303, 422}, answers
    assert len(database.json("user", "list")) == 1


@pytest.mark.throttled
def test_guesses_are_counted_for_all_servers_together(servers, database):
    all_three, _, _ = servers
    database.add("ada")
    answers = []
    for number in range(12):
        server = all_three[number % 3]
        answers.append(server.post("/login", {"username": "ada", "password": "wrong"}).status)
    assert 429 in answers, answers
    # Whichever server is asked now: it is the same count.
    for server in all_three:
        assert server.post("/login", {"username": "ada", "password": PASSWORD}).status == 429


@pytest.mark.clause("ASVS 7.4.1")
def test_what_one_server_ends_is_ended_on_all(servers, database):
    all_three, _, _ = servers
    database.add("ada")
    cookie = all_three[0].log_in("ada")
    streams = [Stream(server, cookie, session_of(all_three[0], cookie)) for server in all_three]
    assert all(server.may_enter(cookie) for server in all_three)
    assert all_three[1].post("/logout", {}, cookie).status == 303
    assert not any(server.may_enter(cookie) for server in all_three)
    assert all(stream.told() for stream in streams)


def test_the_trail_is_one_chain_whoever_writes(servers, database):
    all_three, _, _ = servers
    for number in range(6):
        database.add(f"u{number}")
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: all_three[number % 3].log_in(f"u{number % 6}"), range(60)))
    assert "The audit trail is whole: 66 records" in database.ok("audit", "verify")


def test_two_browsers_go_through_a_restart_of_the_database(cluster, servers, database, browser):
    all_three, port, _ = servers
    address = f"http://localhost:{port}"
    database.add("ada")
    contexts = [browser.new_context(base_url=address) for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    for page in (first, second):
        page.set_default_timeout(60_000)
        logged_in(page, "ada")

    cluster.crash()
    # Nobody is let in by guess, and the page says what is so.
    answer = first.goto("/account/sessions")
    assert answer.status == 503
    expect(heading(first)).not_to_have_text("Sessions")
    # The page that is open stays: nothing says that its session has ended.
    expect(heading(second)).to_have_text("Protected Page for ada")
    cluster.start()
    eventually(lambda: all(server.get("/health").status == 200 for server in all_three))

    for page in (first, second):
        page.goto("/protected")
        expect(heading(page)).to_have_text("Protected Page for ada")
    # One browser ends all the others' sessions; the other's open page leaves by itself.
    [mine] = {session_of(all_three[0], cookie_of(context, port)) for context in contexts[:1]}
    others = [session["id"] for session in database.json("session", "list") if session["id"] != mine]
    assert len(others) == 1
    database.ok("session", "revoke", others[0])
    expect(second).to_have_url(LEFT)
    expect(notice(second)).to_have_text("You have been logged out.")
    first.goto("/protected")
    log_out(first)
    expect(first).to_have_url(f"{address}/")
    for context in contexts:
        context.close()


def cookie_of(context, port) -> str:
    [cookie] = [one for one in context.cookies(f"http://localhost:{port}")
                if one["name"].removeprefix("__Host-") == "latchkey"]
    return f"{cookie['name']}={cookie['value']}"


def test_a_server_that_goes_away_is_not_missed(servers, database):
    all_three, port, _ = servers
    database.add("ada")
    cookie = all_three[0].log_in("ada")
    all_three[0].kill()
    try:
        from wire import Wire
        statuses = []
        for _ in range(12):
            with Wire(port) as wire:
                wire.send_request("GET", "/protected", [("Host", f"localhost:{port}"), ("Cookie", cookie)])
                statuses.append(wire.answer().status)
        assert statuses == [200] * 12
    finally:
        all_three[0].start()
