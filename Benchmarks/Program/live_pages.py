"""5. Ten thousand open pages: what each costs, and how soon all know that their sessions have ended."""

import resource
import selectors
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filling import SQLiteFilling, Token
from measuring import Plain, Row, Server, program, resident_bytes, say

ENDED = b"event: ended"


def measure(tools, count: int = 10_000) -> list[Row]:
    # A socket for each, here and in the server.
    wanted = count + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    bare = bare_connection(tools, count)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with Server(folder, settings=program.CHEAP | {"log": {"level": "error"}}) as server:
            server.add("known")
        # An account may have twenty open pages, and an address five hundred.
        filling = SQLiteFilling(server.file)
        filling.add_accounts(count)
        tokens = filling.add_tokens(count, count)
        filling.close()
        with Server(folder, settings=program.CHEAP | {
                "log": {"level": "error"}, "proxies": "127.0.0.1"}) as server:
            def opened(numbers: range) -> list[socket.socket]:
                return [open_page(server, tokens[number], number) for number in numbers]
            pages, each = memory_of_each(server.process.pid, count, opened)
            say(f"live: {count} pages, {each:.1f} KiB each")
            waiting = selectors.DefaultSelector()
            for page in pages:
                page.setblocking(False)
                waiting.register(page, selectors.EVENT_READ, bytearray())
            start = time.monotonic()
            server.ok("session", "revoke", "--all")
            returned = time.monotonic() - start
            told = hear(waiting, start)
    if len(told) != count:
        raise RuntimeError(f"only {len(told)} of {count} pages were told")
    say(f"live: all {count} told after {told[-1]:.2f} s; the command returned after {returned:.2f} s")
    return [
        Row(5, f"memory for each of {count} open pages", each, "KiB", 8, at_least=False, details={
            "a connection of Hummingbird's own, after a constant text": round(bare, 1)}),
        Row(5, f"from the command that logs everybody out to the word at the last of {count} pages", told[-1], "s", 1,
            at_least=False, details={
                "first": round(told[0], 3), "median": round(told[count // 2], 3), "command": round(returned, 3)}),
    ]


def bare_connection(tools, count: int) -> float:
    """KiB of a connection that waits after a constant text: what the server under Latchkey takes."""
    with Plain(tools.constant, 0) as server:
        def asked(numbers: range) -> list[socket.socket]:
            return [ask(server.port, "GET /constant HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in numbers]
        connections, each = memory_of_each(server.process.pid, count, asked)
        for connection in connections:
            connection.close()
    return each


def memory_of_each(pid: int, count: int, opened: Callable[[range], list[socket.socket]]
                   ) -> tuple[list[socket.socket], float]:
    """So many, and KiB for each: the first hundred pay for what all share."""
    first = opened(range(100))
    time.sleep(1)
    before = resident_bytes(pid)
    others = opened(range(100, count))
    time.sleep(2)
    return first + others, (resident_bytes(pid) - before) / len(others) / 1024


def open_page(server: Server, token: Token, number: int) -> socket.socket:
    return ask(server.port, (
        f"GET /account/live?session={token.session} HTTP/1.1\r\nHost: {server.host}\r\nCookie: {token.cookie}\r\n"
        f"X-Forwarded-For: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}\r\n\r\n"))


def ask(port: int, request: str) -> socket.socket:
    """Stays open."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(request.encode())
    answer = connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"answered {answer[:200]!r}")
    return connection


def hear(waiting: selectors.BaseSelector, start: float) -> list[float]:
    """After how many seconds each has heard it."""
    told = []
    while waiting.get_map():
        ready = waiting.select(timeout=20)
        if not ready:
            break
        for key, _ in ready:
            page, seen = key.fileobj, key.data
            data = page.recv(65536)
            seen += data
            if ENDED in seen:
                told.append(time.monotonic() - start)
            elif data:
                continue
            # Told, or closed without a word.
            waiting.unregister(page)
            page.close()
    return told
