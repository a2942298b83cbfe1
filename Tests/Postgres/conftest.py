import uuid

import pytest
from playwright.sync_api import expect

from cluster import Cluster, Folder, PostgresServer, SlowWire, pgbouncer
from program import Database

pytest_plugins = ["clauses", "chromium"]
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def shared():
    """The cluster of all tests that do not break it."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture
def cluster():
    """One that the test may break."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


def make_database(cluster: Cluster) -> str:
    name = f"d{uuid.uuid4().hex[:12]}"
    cluster.sql(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def name(shared) -> str:
    """The name of an empty database of the shared cluster."""
    return make_database(shared)


@pytest.fixture
def database(shared, name, tmp_path) -> Database:
    """The commands on it."""
    database = Database(tmp_path)
    database.file = shared.url(name)
    return database


@pytest.fixture
def folder():
    folder = Folder()
    yield folder
    folder.remove()


@pytest.fixture
def pooler(shared, folder):
    pooler = pgbouncer(shared, folder)
    yield pooler
    pooler.stop()


@pytest.fixture
def wire(shared):
    wire = SlowWire(shared.port)
    yield wire
    wire.close()


@pytest.fixture
def server(shared, name, tmp_path):
    with PostgresServer(tmp_path, shared.url(name)) as server:
        yield server
