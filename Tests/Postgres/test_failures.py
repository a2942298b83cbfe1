"""The database is slow, out of reach, or gone: requests are refused, nothing is guessed and nothing piles up; and when
it is back, so is the service."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster import USER, Cluster, PostgresServer
from conftest import make_database
from program import CHEAP, PASSWORD, Database, eventually
from live import Stream
from wire import NoAnswer

# Short, so that the tests are; what counts is that there are any.
IMPATIENT = CHEAP | {"postgres": {
    "maximumConnections": 4, "statementTimeoutSeconds": 1, "waitTimeoutSeconds": 1}}


@pytest.fixture
def behind(shared, name, wire, tmp_path):
    """A server whose wire to the database can be cut, with an account."""
    with PostgresServer(tmp_path, shared.url(name, port=wire.port), settings=IMPATIENT) as server:
        direct = Database(tmp_path)
        direct.file = shared.url(name)
        direct.add("ada")
        yield server


@pytest.mark.clause("ASVS 16.5.3")
def test_a_server_that_is_cut_off_lets_nobody_in(behind, wire):
    cookie = behind.log_in("ada")
    assert behind.may_enter(cookie)
    wire.cut()
    for answer in [behind.get("/protected", cookie), behind.get("/account/sessions", cookie),
                   behind.post("/login", {"username": "ada", "password": PASSWORD}),
                   behind.post("/register", {"username": "new", "password": PASSWORD, "confirm_password": PASSWORD}),
                   behind.post("/logout", {}, cookie)]:
        assert answer.status == 503, (answer.status, answer.text[:300])
        assert "Protected Page" not in answer.text and answer["retry-after"]
        assert ">Try again</a>" in answer.text
    assert "you are still logged in" in answer.text
    assert behind.get("/health").text == '{"status":"unavailable"}'
    # What needs no database is there.
    assert behind.get("/login").status in (200, 503)
    wire.mend()
    eventually(lambda: behind.get("/health").status == 200)
    assert behind.may_enter(cookie)
    # The logout was answered with an error: it may be asked for again.
    assert behind.post("/logout", {}, cookie).status == 303
    assert not behind.may_enter(cookie)


@pytest.mark.clause("ASVS 7.4.1")
def test_a_session_that_ended_meanwhile_is_refused_and_its_page_told(shared, name, behind, wire):
    cookie = behind.log_in("ada")
    stream = Stream(behind, cookie)
    wire.cut()
    direct = Database(behind.folder)
    direct.file = shared.url(name)
    direct.ok("user", "disable", "ada")
    assert behind.get("/protected", cookie).status == 503
    wire.mend()
    # No notification has come through: the word after a new connection tells it.
    assert stream.told()
    eventually(lambda: behind.get("/health").status == 200)
    assert not behind.may_enter(cookie)


def test_a_slow_database_is_waited_for_a_while_and_nothing_piles_up(shared, name, behind, wire):
    cookie = behind.log_in("ada")
    wire.delay = 3
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda _: behind.get("/protected", cookie).status, range(60)))
    # Some got through; the others were told to come again; nobody got anything else.
    assert set(answers) <= {200, 503} and 503 in answers, answers
    wire.delay = 0
    eventually(lambda: behind.may_enter(cookie) if behind.get("/health").status == 200 else False)
    # No more connections than there may be, and those that listen.
    sessions = int(shared.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"))
    assert sessions <= 4 + 2, sessions
    assert "Fatal error" not in behind.log


def test_a_database_that_says_nothing_any_more_holds_nobody_up(behind, wire):
    """The connections are there, and no byte comes: a switch that has lost its state, a machine that hangs."""
    cookie = behind.log_in("ada")
    wire.is_frozen = True
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: behind.get("/protected", cookie).status, range(20))) == {503}
    wire.is_frozen = False
    eventually(lambda: behind.get("/health").status == 200)
    assert behind.may_enter(cookie)


def test_a_statement_that_waits_for_a_lock_ends_in_time(shared, name, behind):
    cookie = behind.log_in("ada")
    blocker = threading.Thread(target=lambda: shared.sql(
        "BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8); COMMIT", name))
    blocker.start()
    try:
        eventually(lambda: behind.get("/protected", cookie).status == 503)
        with ThreadPoolExecutor(30) as pool:
            assert set(pool.map(lambda _: behind.get("/protected", cookie).status, range(30))) <= {200, 503}
    finally:
        blocker.join()
    assert behind.may_enter(cookie)


class Registering:
    """Registers and logs in without end, and keeps what was acknowledged."""

    def __init__(self, servers, workers: int = 4):
        self.servers = servers
        self.acknowledged: list[str] = []
        self.refused = 0
        self.wrong: list = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(workers)]

    def _work(self, worker: int) -> None:
        count = 0
        while not self.stopping.is_set():
            count += 1
            name = f"w{worker}x{count}"
            server = self.servers[count % len(self.servers)]
            try:
                answer = server.post("/register", {
                    "username": name, "password": PASSWORD, "confirm_password": PASSWORD})
            except (NoAnswer, OSError):
                self.refused += 1
                continue
            if answer.status == 303:
                self.acknowledged.append(name)
            elif answer.status == 503:
                self.refused += 1
            elif answer.status != 422:  # A name whose first attempt was made, and not acknowledged.
                self.wrong.append((answer.status, answer.text[:300]))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def has_more(self, than: int) -> bool:
        return len(self.acknowledged) > than


OPEN = CHEAP


def test_a_restart_under_load_loses_nothing_that_was_acknowledged(cluster, tmp_path):
    name = make_database(cluster)
    with PostgresServer(tmp_path, cluster.url(name), settings=OPEN) as server:
        with Registering([server]) as load:
            for _ in range(2):
                before = len(load.acknowledged)
                eventually(lambda: load.has_more(before + 20), 60)
                cluster.crash()
                time.sleep(1)
                cluster.start()
                after = len(load.acknowledged)
                eventually(lambda: load.has_more(after + 5), 60)
        assert load.wrong == []
        there = set(cluster.sql("SELECT username FROM account", name).split())
        assert set(load.acknowledged) <= there
        assert load.refused > 0
        assert "whole" in server.ok("audit", "verify")


def test_a_lost_primary_is_replaced_by_its_standby_while_people_register(cluster, tmp_path):
    name = make_database(cluster)
    cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    standby = Cluster(following=cluster)
    try:
        cluster.sql("SELECT pg_reload_conf()")
        eventually(lambda: cluster.sql("SELECT sync_state FROM pg_stat_replication") == "sync")
        url = f"postgres://{USER}@127.0.0.1:{cluster.port},127.0.0.1:{standby.port}/{name}"
        with PostgresServer(tmp_path, url, settings=OPEN) as server:
            server.add("ada")
            # What may be late may be read from the standby, and nothing is written there.
            replica = Database(tmp_path)
            replica.file = standby.url(name, more="?target_session_attrs=any")
            eventually(lambda: replica.command("user", "list").stdout.count(b"ada") == 1)
            assert "whole" in replica.ok("audit", "verify")
            assert b"not compared" in replica.command("doctor").stdout
            assert b"Error: " in replica.command("user", "disable", "ada").stderr
            cookie, ended = server.log_in("ada"), server.log_in("ada")
            with Registering([server]) as load:
                eventually(lambda: load.has_more(20), 60)
                # Acknowledged, and then at once the primary is lost.
                assert server.post("/logout", {}, ended).status == 303
                cluster.crash()
                # The standby takes no writes yet: nobody is told that anything was done.
                time.sleep(1)
                standby.run("pg_ctl", "-D", standby.data, "-w", "promote")
                standby.sql("ALTER SYSTEM RESET synchronous_standby_names")
                standby.sql("SELECT pg_reload_conf()")
                after = len(load.acknowledged)
                eventually(lambda: load.has_more(after + 5), 60)
                assert not server.may_enter(ended)
                assert server.may_enter(cookie)
            assert load.wrong == []
            there = set(standby.sql("SELECT username FROM account", name).split())
            assert set(load.acknowledged) <= there
            assert "whole" in server.ok("audit", "verify")
    finally:
        standby.remove()
