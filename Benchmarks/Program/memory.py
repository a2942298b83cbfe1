"""6. Memory, idle and after a load; and the time from the start to the first answer."""

import http.client
import random
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measuring import PASSWORD, Row, Server, resident_bytes, say

MB = 1_000_000
REST = 12
VISITORS = 8
# Seconds that a visitor reads, on average.
READS = 0.02
# Of a visitor who is logged in, and whose password is wrong.
EXPECTED = {
    ("GET", "/protected"): 200, ("GET", "/"): 200, ("GET", "/account/sessions"): 200, ("GET", "/login"): 303,
    ("GET", "/nowhere"): 404, ("POST", "/login"): 422, ("POST", "/logout"): 303}
IDLE_GOAL, START_GOAL, GROWTH_GOAL, RESIDENT_GOAL = 40, 150, 1.05, 60


def measure(tools, minutes: float) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        server = Server(Path(name), settings={"log": {"level": "error"}})
        with server:
            server.ok("user", "add", "alice", "--password", stdin=PASSWORD + "\n")
        starts = sorted(start(server) for _ in range(11))
        with server:
            server.may_enter(server.log_in("alice"))
            # What the hash has borrowed goes back after a few seconds.
            time.sleep(REST)
            idle = {kind: resident_bytes(server.process.pid, kind) / MB for kind in ("Rss", "Pss", "Anonymous")}
            after_load = mixed_load(server, minutes)
    return [
        Row(6, "from exec to the first 200, on a migrated database", statistics.median(starts), "ms", START_GOAL,
            at_least=False, details={"fastest": round(starts[0]), "slowest": round(starts[-1])}),
        Row(6, "memory when idle, after one login and a page", idle["Rss"], "MB", IDLE_GOAL, at_least=False, details={
            "its share of what it has in common with others counted": round(idle["Pss"], 1),
            "without the pages of the program's and the libraries' files": round(idle["Anonymous"], 1)}),
        *after_load,
    ]


def start(server: Server) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    server.start()
    # The line is written when it listens; the answer is what counts.
    status = server.get("/health").status
    taken = (time.perf_counter() - began) * 1000
    server.stop()
    if status != 200:
        raise RuntimeError(f"/health answered {status}")
    return taken


def mixed_load(server: Server, minutes: float) -> list[Row]:
    """Logins, logouts, pages, forms and errors, all the time; the memory every few seconds."""
    if minutes < 3:
        raise ValueError("the last minute is compared with the second: --minutes must be 3 or more")
    stopping = threading.Event()
    samples = []
    with ThreadPoolExecutor(VISITORS) as pool:
        visitors = [pool.submit(visit, server, stopping, number) for number in range(VISITORS)]
        begin = time.monotonic()
        # A visitor who was served wrongly goes home, and takes the measurement along.
        while (passed := time.monotonic() - begin) < minutes * 60 and not any(one.done() for one in visitors):
            time.sleep(2)
            samples.append((passed, resident_bytes(server.process.pid) / MB))
            if len(samples) % 60 == 0:
                say(f"memory: {passed / 60:.0f} minutes: {samples[-1][1]:.1f} MB")
        stopping.set()
        requests = sum(one.result() for one in visitors)
    # Each hash borrows 19 MB for a moment, so it is the lowest of a minute that counts.
    first = min(size for moment, size in samples if 60 <= moment < 120)
    last = min(size for moment, size in samples if moment >= minutes * 60 - 60)
    time.sleep(REST)
    return [
        Row(6, f"memory after {minutes:g} minutes of mixed load, against the second minute", last / first, "times",
            GROWTH_GOAL, at_least=False, details={
                "requests": requests, "second minute, MB": round(first, 1), "last minute": round(last, 1)}),
        Row(6, "memory at rest after the load", resident_bytes(server.process.pid) / MB, "MB", RESIDENT_GOAL,
            at_least=False),
    ]


def visit(server: Server, stopping: threading.Event, seed: int) -> int:
    """A visitor who logs in, reads, mistypes and logs out, over and over; how many answers that were."""
    chance = random.Random(seed)
    count = 0
    connection = http.client.HTTPConnection("localhost", server.port)

    def ask(method: str, path: str, body: str | None = None, cookie: str = "") -> http.client.HTTPResponse:
        headers = {"Origin": server.origin, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != EXPECTED[method, path]:
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        nonlocal count
        count += 1
        return answer

    while not stopping.is_set():
        cookie = server.log_in("alice")
        for _ in range(chance.randrange(400)):
            ask("GET", chance.choice(["/protected", "/", "/account/sessions", "/login", "/nowhere"]), cookie=cookie)
            if stopping.wait(chance.expovariate(1 / READS)):
                break
        ask("POST", "/login", "username=alice&password=a+wrong+one")
        ask("POST", "/logout", "", cookie)
    connection.close()
    return count
