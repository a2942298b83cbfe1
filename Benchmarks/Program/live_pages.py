"""5. Ten thousand open pages: what each costs, and how soon all know that their sessions have ended."""

import resource
import selectors
import socket
import tempfile
import time
from pathlib import Path

from filling import SQLiteFilling, Token
from measuring import Row, Server, program, resident_bytes, say

ENDED = b"event: ended"


def measure(tools, count: int = 10_000) -> list[Row]:
    # A socket for each, here and in the server.
    wanted = count + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
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
            # The first pages pay for what all share.
            warm = [open_page(server, token, number) for number, token in enumerate(tokens[:100])]
            time.sleep(1)
            before = resident_bytes(server.process.pid)
            pages = [open_page(server, token, number) for number, token in enumerate(tokens[100:], 100)]
            time.sleep(2)
            each = (resident_bytes(server.process.pid) - before) / len(pages)
            say(f"live: {len(pages)} pages, {each:.0f} bytes each")
            waiting = selectors.DefaultSelector()
            for page in warm + pages:
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
        Row(5, f"memory for each of {count} open pages", each / 1024, "KiB", 8, at_least=False),
        Row(5, f"from the command that logs everybody out to the word at the last of {count} pages", told[-1], "s", 1,
            at_least=False, details={
                "first": round(told[0], 3), "median": round(told[count // 2], 3), "command": round(returned, 3)}),
    ]


def open_page(server: Server, token: Token, number: int) -> socket.socket:
    page = socket.create_connection(("127.0.0.1", server.port))
    page.sendall((
        f"GET /account/live?session={token.session} HTTP/1.1\r\nHost: {server.host}\r\nCookie: {token.cookie}\r\n"
        f"X-Forwarded-For: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}\r\n\r\n").encode())
    answer = page.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"a page was not opened: {answer[:200]!r}")
    return page


def hear(waiting: selectors.BaseSelector, start: float) -> list[float]:
    """After how many seconds each has heard it."""
    told = []
    while waiting.get_map():
        ready = waiting.select(timeout=20)
        if not ready:
            break
        for key, _ in ready:
            page, seen = key.fileobj, key.data
            seen += page.recv(65536)
            if ENDED in seen:
                told.append(time.monotonic() - start)
                waiting.unregister(page)
                page.close()
    return told
