"""4. A thousand accounts against a million accounts and ten million sessions, on SQLite and on PostgreSQL."""

import contextlib
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filling import DAY, PostgresFilling, SQLiteFilling, Token
from logins import latencies, spread
from measuring import PASSWORD, ROOT, Load, Row, Server, must_enter, say, wrk

sys.path.append(str(ROOT / "Tests" / "Postgres"))
from cluster import Cluster, PostgresServer  # noqa: E402

# With those of which the cookies are known it has 32,000 sessions.
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
            servers[size] = Server(Path(name) / size, settings=QUIET, throttled=True)
            add_known(servers[size])
            filling = SQLiteFilling(servers[size].file)
            tokens[size] = fill(filling, "SQLite", *numbers[size])
            filling.close()
        rows = compare("SQLite", servers, tokens, numbers, seconds, rounds)
        filling = SQLiteFilling(servers["large"].file)
        rows.append(purge("SQLite", servers["large"], filling, numbers["large"], tokens["large"]))
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
                servers[size] = PostgresServer(Path(name), cluster.url(size), name=size, settings=QUIET, throttled=True)
                add_known(servers[size])
                filling = PostgresFilling(cluster, size)
                tokens[size] = fill(filling, "PostgreSQL", *numbers[size])
                filling.close()
            rows = compare("PostgreSQL", servers, tokens, numbers, seconds, rounds)
            filling = PostgresFilling(cluster, "large")
            rows.append(purge("PostgreSQL", servers["large"], filling, numbers["large"], tokens["large"]))
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
    asked, few = ({size: [] for size in SIZES} for _ in range(2))
    with contextlib.ExitStack() as running:
        for server in servers.values():
            running.enter_context(server)
        for number in range(rounds + 1):
            for size in SIZES:
                # All of the time, the database's as well: the program's own processor time is the smaller part of it.
                found = (
                    1000 / by_turns(servers[size], tokens[size], seconds).per_second,
                    1000 / by_turns(servers[size], tokens[size][:100], seconds).per_second)
                # The first round only warms up.
                if number > 0:
                    for kept, value in zip((asked, few), found, strict=True):
                        kept[size].append(value)
            say(f"scale: {store}: round {number} of {rounds}")
        logins = logins_by_turns(servers, numbers)
    return [
        ratio(f"{store}: time for a page at full load, {ASKED} sessions by turns", asked, 1.3),
        ratio(f"{store}: time for a page at full load, 100 sessions by turns", few, 1.3),
        ratio(f"{store}: time for a login", logins, 1.1),
    ]


def ratio(what: str, found: dict[str, list[float]], goal: float) -> Row:
    small, large = (statistics.median(found[size]) for size in SIZES)
    return Row(4, f"{what}, large against small", large / small, "times", goal, at_least=False, details={
        "small, ms": round(small, 4), "large, ms": round(large, 4)})


def by_turns(server: Server, tokens: list[Token], seconds: int) -> Load:
    """A protected page, for one session after the other."""
    for token in (tokens[0], tokens[-1]):
        must_enter(server.port, "/protected", token.cookie)
    cookies = ",".join(f'"{token.cookie}"' for token in tokens)
    return wrk(server.port, "/protected", seconds=seconds, pid=server.process.pid, script=f"""
        local cookies = {{{cookies}}}
        local n = 0
        request = function()
          n = n % #cookies + 1
          return wrk.format("GET", "/protected", {{["Cookie"] = cookies[n]}})
        end""")


def logins_by_turns(servers: dict[str, Server], numbers: dict[str, tuple[int, int]],
                    count: int = 150) -> dict[str, list[float]]:
    """Milliseconds of logins of different people, one on each site after the other: a hash takes longer or shorter by
    the minute, and most of a login is the hash."""
    found = {size: [] for size in SIZES}
    for _ in range(count):
        for size in SIZES:
            start = time.perf_counter()
            servers[size].log_in(f"person{random.randrange(1, numbers[size][0])}")
            found[size].append((time.perf_counter() - start) * 1000)
    return found


def purge(store: str, server: Server, filling: SQLiteFilling | PostgresFilling, numbers: tuple[int, int],
          tokens: list[Token], count: int = 1_000_000) -> Row:
    """Visitors of the large site, one who reads, one who logs in and others who log out (and so must write), while a
    million sessions are deleted that have expired. Beside them the disk itself: what it lets the smallest commit wait."""
    say(f"scale: {store}: adding {count} sessions that have expired")
    filling.add_sessions(numbers[0], count, first=100_000_000, expires_in=-DAY)
    filling.settle()
    reader = tokens[0]
    pages: list[float] = []
    with server, ThreadPoolExecutor(3) as pool:
        done = threading.Event()
        visitors = [
            pool.submit(log_out_by_turns, server, tokens[1:], done),
            pool.submit(log_in_by_turns, server, numbers[0], done)]
        disk = pool.submit(synchronize, done)
        start = time.monotonic()
        try:
            while filling.has_expired() and not any(one.done() for one in visitors):
                pages += latencies(server.port, "/protected", reader.cookie, 5)
        finally:
            done.set()
        seconds = time.monotonic() - start
        logouts, logins = (one.result() for one in visitors)
        is_finished = not filling.has_expired()
    if not is_finished:
        raise RuntimeError(f"{store}: the purge did not end within {seconds:.0f} s")
    pages.sort()
    disk = disk.result()
    # A hash is no wait for the database.
    hash_time = logins[0]
    waits = [one - hash_time for one in logins]
    over = sum(one > 50 for one in pages + logouts + waits)
    say(f"scale: {store}: purged in {seconds:.0f} s; a page: {spread(pages)} ms, a logout: {spread(logouts)} ms, "
        f"a login beyond the fastest: {spread(waits)} ms, the disk itself: {spread(disk)} ms")
    return Row(
        4, f"{store}: the longest wait of a visitor while a million expired sessions are purged",
        max(pages[-1], logouts[-1], waits[-1]), "ms", 50, at_least=False, details={
            "a page, ms: median, 99 %, longest": spread(pages), "a logout": spread(logouts),
            "a login beyond the fastest": spread(waits), "the disk itself, to sync three pages": spread(disk), "pages": len(pages), "logouts": len(logouts),
            "logins": len(logins), "over 50 ms": over, "seconds": round(seconds)})


def synchronize(done: threading.Event) -> list[float]:
    """A file of its own, a few pages of which are written and synced five times a second."""
    found = []
    with tempfile.TemporaryFile() as file:
        while not done.wait(0.2):
            os.pwrite(file.fileno(), os.urandom(3 * 4096), len(found) % 100 * 3 * 4096)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def log_out_by_turns(server: Server, tokens: list[Token], done: threading.Event) -> list[float]:
    """Ten a second; milliseconds for each, sorted."""
    found = []
    for token in tokens:
        if done.wait(0.1):
            return sorted(found)
        start = time.perf_counter()
        answer = server.post("/logout", {}, token.cookie)
        found.append((time.perf_counter() - start) * 1000)
        # It answers so in any case: that the session is over shows at the next page.
        if answer.status != 303 or len(found) % 50 == 1 and server.may_enter(token.cookie):
            raise RuntimeError(f"/logout answered {answer.status}, or ended nothing")
    raise RuntimeError("nobody is left who could log out")


def log_in_by_turns(server: Server, accounts: int, done: threading.Event) -> list[float]:
    """Two a second, of different people; milliseconds for each, sorted."""
    found = []
    while not done.wait(0.5):
        start = time.perf_counter()
        server.log_in(f"person{random.randrange(1, accounts)}")
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)
