"""Behind a pgbouncer in transaction mode."""

import json

import pytest

from cluster import PostgresServer
from program import CHEAP, Database
from live import Stream

POOLED = CHEAP | {"postgres": {"pooler": "transaction"}}


@pytest.fixture
def pair(shared, pooler, name, tmp_path):
    """Two servers that reach the database through the pooler only."""
    url = shared.url(name, port=pooler.port)
    with PostgresServer(tmp_path, url, settings=POOLED, name="one") as one:
        with PostgresServer(tmp_path, url, settings=POOLED, name="two") as two:
            yield one, two


def test_all_goes_on_when_each_transaction_is_elsewhere(shared, pair, name):
    one, two = pair
    direct = Database(one.folder)
    direct.file = shared.url(name)
    for number in range(20):
        direct.add(f"u{number}")
    cookies = [one.log_in(f"u{number}") for number in range(20)]
    # More requests than the pooler has sessions, on both servers by turns.
    for cookie in cookies * 3:
        assert one.may_enter(cookie) and two.may_enter(cookie)
    assert one.post("/logout", {}, cookies[0]).status == 303
    assert not two.may_enter(cookies[0])
    direct.ok("user", "disable", "u1")
    assert not one.may_enter(cookies[1]) and not two.may_enter(cookies[1])
    assert "whole" in direct.ok("audit", "verify")
    # What a session of the server was told stays in it: none of it is anybody's.
    for server in pair:
        assert "request failed" not in server.log


@pytest.mark.clause("ASVS 7.4.1")
def test_an_open_page_learns_of_a_revocation_on_another_server(shared, pair, name):
    one, two = pair
    direct = Database(one.folder)
    direct.file = shared.url(name)
    direct.add("ada")
    cookie = one.log_in("ada")
    stream = Stream(two, cookie)
    assert one.post("/logout", {}, cookie).status == 303
    assert stream.told()


def test_commands_and_migrations_go_through_it_too(shared, pooler, name, tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(POOLED))
    database = Database(tmp_path)
    database.file = shared.url(name, port=pooler.port)
    database.ok("db", "migrate", "--config", settings)
    database.ok("user", "add", "ada", "--config", settings)
    assert b"ada" in database.command("user", "list", "--config", settings).stdout
    assert database.command("db", "status", "--config", settings).returncode == 0
