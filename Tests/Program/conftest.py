import uuid

import pytest

from program import Database, Server

pytest_plugins = ["clauses"]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that neither stop it nor need settings of their own. It has cheap
    hashes, so every test may log in as often as it likes."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(autouse=True)
def the_server_survives(request):
    """Whatever a test sent, the shared server answers the next request, and never said 5xx."""
    if "server" not in request.fixturenames:
        yield
        return
    server = request.getfixturevalue("server")
    before = len(server.log)
    yield
    server.assert_alive()
    assert "request failed" not in server.log[before:], server.log[before:][:3000]
    assert "Fatal error" not in server.log[before:]


@pytest.fixture
def database(tmp_path):
    """The name of a database that is not there yet."""
    return Database(tmp_path)


@pytest.fixture
def empty(database):
    """A database without accounts."""
    database.add("nobody")
    database.ok("user", "delete", "nobody", "--yes")
    return database


@pytest.fixture
def name():
    """A username that nobody has."""
    return f"u{uuid.uuid4().hex[:12]}"


@pytest.fixture
def account(server, name):
    """An account on the shared server, with the usual password."""
    server.add(name)
    return name
