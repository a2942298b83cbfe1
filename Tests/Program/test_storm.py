"""Many at once, and the end in the middle of it."""

import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from program import PASSWORD, Server
from wire import NoAnswer


def register(server, name):
    return server.post("/register", {"username": name, "password": PASSWORD, "confirm_password": PASSWORD})


@pytest.mark.clause("ASVS 15.4.2", "ASVS 2.3.4")
def test_a_thousand_registrations_of_one_name_are_one_account(server, name):
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: register(server, name), range(1000)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(303) == 1
    # Beyond its queue of hashes the server says so, and the name is still one account's.
    assert set(statuses) <= {303, 422, 503}
    refused = next(answer for answer in answers if answer.status == 422)
    assert f"Username {name} is already registered" in refused.text


@pytest.mark.clause("ASVS 13.2.6", "ASVS 16.5.2")
def test_whoever_waits_for_a_lock_waits_once_however_many_they_are(tmp_path):
    with Server(tmp_path) as server:
        server.add("ada")
        blocker = sqlite3.connect(server.file, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        try:
            with ThreadPoolExecutor(6) as pool:
                fields = {"username": "ada", "password": PASSWORD}
                answers = list(pool.map(lambda _: server.post("/login", fields), range(6)))
        finally:
            blocker.close()
        assert [answer.status for answer in answers] == [503] * 6
        # Ten seconds for the lock, not ten for each.
        assert time.monotonic() - began < 30
        assert server.log_in("ada")


@pytest.mark.clause("ASVS 16.5.2", "ASVS 2.3.3")
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path):
    acknowledged, numbers, lock = set(), iter(range(10**6)), threading.Lock()
    for _ in range(20):
        server = Server(tmp_path).start()
        enough = threading.Event()
        before = len(acknowledged)

        def storm():
            while True:
                with lock:
                    name = f"n{next(numbers)}"
                try:
                    done = register(server, name).status == 303
                except (NoAnswer, OSError):
                    return
                if done:
                    with lock:
                        acknowledged.add(name)
                        if len(acknowledged) >= before + 15:
                            enough.set()
        threads = [threading.Thread(target=storm) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(60), server.log[-2000:]
        server.kill()
        for thread in threads:
            thread.join()
        with sqlite3.connect(server.file) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            there = {name for name, in db.execute("SELECT username FROM account")}
        db.close()
        assert acknowledged <= there
    assert len(acknowledged) >= 300
    assert server.ok("audit", "verify").startswith("The audit trail is whole")


SLOW = {"password": {"scheme": "bcrypt", "bcryptCost": 12}, "hashing": {"lanes": 1}}


@pytest.mark.clause("ASVS 15.2.2")
@pytest.mark.parametrize("form", [
    ("/login", {"username": "ada", "password": "a wrong one"}),
    ("/register", {"username": "bo", "password": PASSWORD, "confirm_password": PASSWORD})], ids=["login", "register"])
@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
def test_nobody_hashes_for_a_client_that_has_gone(tmp_path, form, is_reset):
    path, fields = form
    with Server(tmp_path, settings=SLOW) as server:
        server.add("ada")
        known = server.json("audit", "list")
        wires = [server.wire() for _ in range(40)]
        for number, wire in enumerate(wires):
            own = fields | {"username": f"bo{number}"} if path == "/register" else fields
            wire.send_request("POST", path, [
                ("Host", server.host), ("Origin", server.origin),
                ("Content-Type", "application/x-www-form-urlencoded")], urlencode(own).encode())
        for wire in wires:
            if is_reset:
                # With the time to linger at 0, closing sends RST and not FIN.
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.socket.close()
        # Behind all of them in the queue, were they still there.
        assert server.log_in("ada")
        noted = [
            record for record in server.json("audit", "list")
            if record not in known and record["event"] in ("login-refused", "registered")]
        assert len(noted) < 20, "each of them has cost a hash"
        assert all(record["origin"] == "127.0.0.1" for record in noted), noted
    # Nothing went wrong.
    assert "error" not in server.log


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="only Linux has a priority for each thread")
def test_hashes_give_way_to_pages_and_their_priority_spreads_to_nothing_else(tmp_path):
    with Server(tmp_path, settings=SLOW | {"hashing": {"lanes": 4}}) as server:
        server.add("ada")
        cookie = server.log_in("ada")

        def threads() -> set[tuple[str, int]]:
            found = set()
            for task in Path(f"/proc/{server.process.pid}/task").iterdir():
                try:
                    name, _, rest = (task / "stat").read_text().partition(" (")[2].rpartition(") ")
                except (FileNotFoundError, ProcessLookupError):
                    continue
                found.add((name, int(rest.split()[16])))
            return found
        seen = set()
        with ThreadPoolExecutor(8) as pool:
            logins = [pool.submit(server.log_in, "ada") for _ in range(24)]
            while not all(login.done() for login in logins):
                seen |= threads()
                assert server.may_enter(cookie)
        # Those that answer pages stay for a while.
        left = threads()
    assert ("latchkey hash", 10) in seen, seen
    # Dispatch gives some of its threads a better one, where it may.
    assert all(nice <= 0 for name, nice in left if name != "latchkey hash"), left


# No clause: it can be skipped, and the ledger must not depend on the machine.
def test_a_full_disk_is_a_503_and_work_goes_on_when_there_is_room(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    if os.getuid() != 0 or shutil.which("mount") is None or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be made by root")
    try:
        with Server(folder) as server:
            server.add("ada")
            cookie = server.log_in("ada")
            (folder / "ballast").write_bytes(b"")
            with open(folder / "ballast", "wb", buffering=0) as ballast:
                try:
                    while ballast.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            statuses = {register(server, f"n{number}").status for number in range(20)}
            assert 503 in statuses and statuses <= {303, 503}, statuses
            # Reading goes on.
            assert server.may_enter(cookie)
            (folder / "ballast").unlink()
            assert register(server, "afterwards").status == 303
            assert server.ok("audit", "verify").startswith("The audit trail is whole")
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
