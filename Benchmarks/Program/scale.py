"""4. A thousand accounts against a million accounts and ten million sessions, on SQLite and on PostgreSQL."""

import contextlib
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from filling import DAY, PostgresFilling, SQLiteFilling, Token
from logins import latencies, spread
from measuring import PASSWORD, ROOT, Load, Row, Server, say, wrk

sys.path.append(str(ROOT / "Tests" / "Postgres"))
from cluster import Cluster, PostgresServer  # noqa: E402

SMALL = (1_000, 12_000)
QUIET = {"log": {"level": "error"}}
# More than a server remembers: each request asks the database.
ASKED = 20_000
SIZES = ("small", "large")


def measure(tools, seconds: int, accounts: int, sessions: int, rounds: int = 3) -> list[Row]:
    numbers = {"small": SMALL, "large": (accounts, sessions)}
    return on_sqlite(numbers, seconds, rounds) + on_postgres(numbers, seconds, rounds)


def on_sqlite(numbers: dict[str, tuple[int, int]], seconds: int, rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        servers, tokens = {}, {}
        for size in SIZES:
            (Path(name) / size).mkdir()
            servers[size] = Server(Path(name) / size, settings=QUIET)
            add_known(servers[size])
            filling = SQLiteFilling(servers[size].file)
            tokens[size] = fill(filling, "SQLite", *numbers[size])
            filling.close()
        rows = compare("SQLite", servers, tokens, numbers, seconds, rounds)
        filling = SQLiteFilling(servers["large"].file)
        rows.append(purge("SQLite", servers["large"], filling, numbers["large"], tokens["large"][0]))
    return rows


def on_postgres(numbers: dict[str, tuple[int, int]], seconds: int, rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        cluster = Cluster()
        try:
            # As an operator would: a part of the memory, and long ways between checkpoints.
            cluster.sql("ALTER SYSTEM SET shared_buffers = '2GB'")
            cluster.sql("ALTER SYSTEM SET max_wal_size = '8GB'")
            cluster.crash()
            cluster.start()
            servers, tokens = {}, {}
            for size in SIZES:
                cluster.sql(f"CREATE DATABASE {size}")
                servers[size] = PostgresServer(Path(name), cluster.url(size), name=size, settings=QUIET)
                add_known(servers[size])
                filling = PostgresFilling(cluster, size)
                tokens[size] = fill(filling, "PostgreSQL", *numbers[size])
                filling.close()
            rows = compare("PostgreSQL", servers, tokens, numbers, seconds, rounds)
            filling = PostgresFilling(cluster, "large")
            rows.append(purge("PostgreSQL", servers["large"], filling, numbers["large"], tokens["large"][0]))
            return rows
        finally:
            cluster.remove()


def add_known(server: Server) -> None:
    with server:
        server.ok("user", "add", "known", "--password", stdin=PASSWORD + "\n")


def fill(filling: SQLiteFilling | PostgresFilling, store: str, accounts: int, sessions: int) -> list[Token]:
    say(f"scale: {store}: filling {accounts} accounts and {sessions} sessions")
    filling.add_accounts(accounts)
    filling.add_sessions(accounts, sessions)
    return filling.add_tokens(accounts, ASKED)


def compare(store: str, servers: dict[str, Server], tokens: dict[str, list[Token]],
            numbers: dict[str, tuple[int, int]], seconds: int, rounds: int) -> list[Row]:
    asked, few, logins = ({size: [] for size in SIZES} for _ in range(3))
    with contextlib.ExitStack() as running:
        for server in servers.values():
            running.enter_context(server)
        for number in range(rounds + 1):
            for size in SIZES:
                found = (
                    by_turns(servers[size], tokens[size], seconds).milliseconds_of_processor,
                    by_turns(servers[size], tokens[size][:100], seconds).milliseconds_of_processor,
                    login(servers[size], numbers[size][0]))
                # The first round only warms up.
                if number > 0:
                    for kept, value in zip((asked, few, logins), found, strict=True):
                        kept[size].append(value)
            say(f"scale: {store}: round {number} of {rounds}")
    return [
        ratio(f"{store}: processor time for a page, {ASKED} sessions by turns", asked, 1.3),
        ratio(f"{store}: processor time for a page, 100 sessions by turns", few, 1.3),
        ratio(f"{store}: time for a login", logins, 1.1),
    ]


def ratio(what: str, found: dict[str, list[float]], goal: float) -> Row:
    small, large = (statistics.median(found[size]) for size in SIZES)
    return Row(4, f"{what}, large against small", large / small, "times", goal, at_least=False, details={
        "small, ms": round(small, 4), "large, ms": round(large, 4)})


def by_turns(server: Server, tokens: list[Token], seconds: int) -> Load:
    """A protected page, for one session after the other."""
    cookies = ",".join(f'"{token.cookie}"' for token in tokens)
    return wrk(server.port, "/protected", seconds=seconds, pid=server.process.pid, script=f"""
        local cookies = {{{cookies}}}
        local n = 0
        request = function()
          n = n % #cookies + 1
          return wrk.format("GET", "/protected", {{["Cookie"] = cookies[n]}})
        end""")


def login(server: Server, accounts: int, count: int = 30) -> float:
    """The median of logins of different people, one after the other, in milliseconds."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        server.log_in(f"person{random.randrange(1, accounts)}")
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def purge(store: str, server: Server, filling: SQLiteFilling | PostgresFilling, numbers: tuple[int, int],
          token: Token, count: int = 1_000_000) -> Row:
    """A visitor of the large site, while a million sessions are deleted that have expired."""
    say(f"scale: {store}: adding {count} sessions that have expired")
    filling.add_sessions(numbers[0], count, first=100_000_000, expires_in=-DAY)
    waited: list[float] = []
    with server:
        start = time.monotonic()
        while filling.expired() > 0:
            waited += latencies(server.port, "/protected", token.cookie, 5)
        seconds = time.monotonic() - start
    waited.sort()
    over = sum(one > 50 for one in waited)
    say(f"scale: {store}: purged in {seconds:.0f} s; a page: {spread(waited)} ms")
    return Row(
        4, f"{store}: the longest wait of a visitor while a million expired sessions are purged", waited[-1], "ms", 50,
        at_least=False, details={
            "ms: median, 99 %, longest": spread(waited), "pages": len(waited), "over 50 ms": over,
            "seconds": round(seconds)})
