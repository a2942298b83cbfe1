"""What servers remember of sessions never outlives them: two processes on one database, many clients."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from live import session_of
from program import Server


class Reader(threading.Thread):
    """Asks for the protected page, over and over: when each request began, and whether it was let in."""

    def __init__(self, server: Server, cookie: str):
        super().__init__()
        self.server, self.cookie = server, cookie
        self.seen: list[tuple[float, bool]] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        with self.server.wire() as wire:
            while not self.stopping.is_set():
                began = time.monotonic()
                wire.send_request("GET", "/protected", [("Host", self.server.host), ("Cookie", self.cookie)])
                self.seen.append((began, wire.answer().status == 200))


def revoke(way: int, servers: list[Server], name: str, cookie: str) -> None:
    session = session_of(servers[0], cookie)
    if way == 0:
        assert servers[1].post("/logout", {}, cookie).status == 303
    elif way == 1:
        servers[0].ok("session", "revoke", session)
    else:
        servers[0].ok("user", "disable", name)
        servers[0].ok("user", "enable", name)


@pytest.mark.clause("ASVS 7.4.1", "ASVS 7.4.2")
def test_no_request_is_let_in_that_began_after_the_revoking_call_returned(tmp_path):
    with Server(tmp_path) as first, Server(tmp_path) as second:
        servers = [first, second]

        def person(number: int) -> int:
            name, asked = f"person{number}", 0
            first.add(name)
            for turn in range(9):
                way = turn % 3
                cookie = servers[turn % 2].log_in(name)
                readers = [Reader(server, cookie) for server in servers]
                for reader in readers:
                    reader.start()
                # Each has been let in, so each server remembers it.
                for reader in readers:
                    while not any(entered for _, entered in reader.seen):
                        assert reader.is_alive(), "refused while the session was alive"
                        time.sleep(0.005)
                revoke(way, servers, name, cookie)
                returned = time.monotonic()
                assert not any(server.may_enter(cookie) for server in servers)
                for reader in readers:
                    reader.stopping.set()
                    reader.join()
                    asked += len(reader.seen)
                    assert not [began for began, entered in reader.seen if entered and began > returned]
            return asked

        with ThreadPoolExecutor(8) as people:
            # Each of two readers has been let in at least once, for each of nine sessions.
            assert sum(people.map(person, range(8))) >= 8 * 9 * 2
