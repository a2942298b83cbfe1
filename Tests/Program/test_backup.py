"""`latchkey backup` and `latchkey restore`: one file, whole, made while people log in; and back again."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import pytest

from program import ENVIRONMENT, PASSWORD, Database, Server, assert_one_line, binary

LOGIN = {"username": "alice", "password": PASSWORD}


def rows(file) -> list[str]:
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return list(db.iterdump())
    finally:
        # An open connection is one that uses the database.
        db.close()


def backed_up(database, name="backup.db"):
    file = database.folder / name
    database.ok("backup", file)
    return file


@pytest.fixture
def alice(empty):
    empty.add("alice")
    return empty


def test_a_backup_is_the_database_in_one_file(alice):
    before = rows(alice.file)
    file = alice.folder / "backup.db"
    text = alice.ok("backup", file)
    assert "backup.db: 1 account, 3 audit records in an unbroken chain" in text
    assert rows(file) == before == rows(alice.file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in alice.folder.glob("backup.db*")] == ["backup.db"]


def test_a_backup_is_one_moment_of_a_database_in_use(tmp_path):
    """While four people write all the time: each backup has an unbroken trail, and a session for each login in it."""
    with Server(tmp_path) as server:
        for n in range(4):
            server.add(f"person{n}")
        stop = threading.Event()
        counts = [0] * 4

        def log_in_again(n):
            while not stop.is_set():
                status = server.post("/login", {"username": f"person{n}", "password": PASSWORD}).status
                assert status == 303, status
                counts[n] += 1

        threads = [threading.Thread(target=log_in_again, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        try:
            files = []
            for number in range(5):
                files.append(backed_up(server, f"backup{number}.db"))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert all(counts)
        for file in files:
            with sqlite3.connect(file) as db:
                [(logins,)] = db.execute("SELECT count(*) FROM audit WHERE event = 'logged-in'")
                [(sessions,)] = db.execute("SELECT count(*) FROM session")
                assert logins == sessions and db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_backup_never_writes_over_a_file(alice):
    file = alice.folder / "backup.db"
    file.write_text("mine")
    assert_one_line(alice.command("backup", file), 1, "there is one of that name")
    assert file.read_text() == "mine"
    assert [path.name for path in alice.folder.glob("backup*")] == ["backup.db"]
    assert_one_line(alice.command("backup", alice.file), 1, "there is one of that name")


def test_a_backup_of_a_damaged_database_is_none(alice):
    with sqlite3.connect(alice.file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'session_by_account'")
    db.close()
    with open(alice.file, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    done = alice.command("backup", alice.folder / "backup.db")
    assert done.returncode == 1 and "damaged" in done.stderr.decode(), done.stderr
    assert not list(alice.folder.glob("backup*"))


def test_a_backup_tells_of_a_trail_that_was_changed(alice):
    with sqlite3.connect(alice.file) as db:
        for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("UPDATE audit SET origin = 'somebody else'")
    done = alice.command("backup", alice.folder / "backup.db")
    assert done.returncode == 2 and "The audit trail was changed" in done.stdout.decode()
    assert (alice.folder / "backup.db").exists()


def test_a_restored_database_serves_and_everyone_logs_in_again(tmp_path):
    with Server(tmp_path) as server:
        server.add("alice")
        server.ok("user", "add", "invited")
        cookie = server.post("/login", LOGIN).cookie()
        assert server.may_enter(cookie)
        file = backed_up(server)
    before = file.read_bytes()
    other = Server(tmp_path, database="other.db")
    text = other.ok("restore", file)
    assert "other.db: 2 accounts" in text and "Everyone logs in again." in text
    assert file.read_bytes() == before and not list(tmp_path.glob("backup.db-*"))
    assert stat.S_IMODE(other.file.stat().st_mode) == 0o600
    with other:
        assert not other.may_enter(cookie)
        assert other.post("/login", LOGIN).status == 303
        [event] = [one for one in other.json("audit", "list") if one["event"] == "restored"]
        assert event["details"] == {"ended": "2"} and event["source"] == "command-line"
        other.ok("audit", "verify")


def test_restore_does_not_take_a_databases_place_by_itself(alice):
    file = backed_up(alice)
    alice.add("bob")
    before = rows(alice.file)
    assert_one_line(alice.command("restore", file), 1, "There is a database", "--replace")
    assert rows(alice.file) == before
    found = json.loads(alice.ok("restore", file, "--replace", "--json"))
    assert found["accounts"] == 1 and found["auditIsIntact"]
    assert [one["username"] for one in alice.json("user", "list")] == ["alice"]
    kept = Database(alice.folder, found["replaced"])
    assert [one["username"] for one in kept.json("user", "list")] == ["alice", "bob"]


def test_a_database_in_use_is_not_replaced(tmp_path):
    with Server(tmp_path) as server:
        server.add("alice")
        file = backed_up(server)
        server.add("bob")
        cookie = server.post("/login", LOGIN).cookie()
        assert_one_line(server.command("restore", file, "--replace"), 1, "is in use", "Stop the server")
        assert server.may_enter(cookie) and server.post("/login", LOGIN | {"username": "bob"}).status == 303
        assert not list(tmp_path.glob("latchkey.db.??????"))
    assert len(server.json("user", "list")) == 2


@pytest.mark.parametrize("content", [b"", b"text\n" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_backup_changes_nothing(alice, content):
    file = alice.folder / "backup.db"
    file.write_bytes(content)
    before = rows(alice.file)
    assert_one_line(alice.command("restore", file, "--replace"), 1, ".db")
    assert rows(alice.file) == before and file.read_bytes() == content
    missing = Database(alice.folder, "new.db")
    assert_one_line(missing.command("restore", alice.folder / "missing.db"), 1, "missing.db")
    assert not missing.file.exists()


def test_a_truncated_backup_changes_nothing(alice):
    file = backed_up(alice)
    cut = alice.folder / "cut.db"
    shutil.copy(file, cut)
    with open(cut, "r+b") as stream:
        stream.truncate(file.stat().st_size // 8192 * 4096)
    before = rows(alice.file)
    done = alice.command("restore", cut, "--replace")
    assert done.returncode == 1 and before == rows(alice.file)
    assert not list(alice.folder.glob("*.db.??????"))


def test_a_damaged_database_is_moved_away_by_hand(alice):
    """Whether anybody has it open cannot be known, and a log of the old one must not be read as one of the new."""
    file = backed_up(alice)
    alice.file.write_bytes(b"\xff" * 8192)
    assert_one_line(alice.command("restore", file, "--replace"), 1, "is damaged", "move it away", "-wal")
    assert alice.file.read_bytes() == b"\xff" * 8192
    alice.file.rename(alice.folder / "damaged.db")
    (alice.folder / f"{alice.file.name}-wal").write_bytes(b"log")
    assert_one_line(alice.command("restore", file), 1, "There is a log beside")
    (alice.folder / f"{alice.file.name}-wal").unlink()
    alice.ok("restore", file)
    assert [one["username"] for one in alice.json("user", "list")] == ["alice"]


def test_a_replaced_database_is_the_same_file(alice):
    """With its owner and mode, and by a link if it was one."""
    file = backed_up(alice)
    alice.file.chmod(0o640)
    before = alice.file.stat()
    link = Database(alice.folder, "link.db")
    link.file.symlink_to(alice.file)
    link.ok("restore", file, "--replace")
    after = alice.file.stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode) and link.file.is_symlink()


def test_a_log_of_the_old_database_is_not_read_as_one_of_the_new(alice):
    """Somebody who opens it while it is being replaced, and holds a log with what was there before."""
    file = backed_up(alice)
    with_log = alice.folder / "log.db"
    writer = sqlite3.connect(alice.file, isolation_level=None)
    writer.execute("UPDATE account SET username = 'stale', username_folded = 'stale'")
    for suffix in ("", "-wal"):
        shutil.copy(f"{alice.file}{suffix}", f"{with_log}{suffix}")
    writer.close()
    # As after a loss of power: a log, and nobody who has it open.
    other = Database(alice.folder, with_log.name)
    other.ok("restore", file, "--replace")
    assert [one["username"] for one in other.json("user", "list")] == ["alice"]


def test_what_is_no_database_of_latchkeys_is_no_backup(alice):
    foreign = alice.folder / "foreign.db"
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE account (id)")
    db.close()
    before = rows(alice.file)
    assert_one_line(alice.command("restore", foreign, "--replace"), 1, "is no database of Latchkey's")
    assert rows(alice.file) == before
    assert not list(alice.folder.glob("*.db.??????"))


def test_a_place_that_holds_something_else_is_left_alone(alice):
    file = backed_up(alice)
    for name in ("empty.db", "folder.db"):
        place = Database(alice.folder, name)
        place.file.touch() if name == "empty.db" else place.file.mkdir()
        assert place.command("restore", file, "--replace").returncode == 1
        assert place.file.exists()
    assert not list(alice.folder.glob("*.db.??????"))


def test_what_is_interrupted_leaves_nothing(alice):
    with sqlite3.connect(alice.file) as db:
        db.execute("CREATE TABLE large (bytes)")
        db.executemany("INSERT INTO large VALUES (?)", [(os.urandom(1 << 20),) for _ in range(200)])
    db.close()
    def copied() -> int:
        try:
            return sum(file.stat().st_size for file in alice.folder.glob("*.db.??????/new"))
        except FileNotFoundError:
            return 0

    def interrupted(*words):
        process = subprocess.Popen(
            [binary(), *words, "--database", alice.file], cwd=alice.folder, env=ENVIRONMENT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # In the midst of it.
        while process.poll() is None and copied() < 1 << 22:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        done = process.wait(timeout=60) == 0
        assert not list(alice.folder.glob("*.db.??????*")), words
        return done

    backed_up(alice, "whole.db")
    for _ in range(3):
        if interrupted("backup", "backup.db"):
            (alice.folder / "backup.db").unlink()
        interrupted("restore", "whole.db", "--replace")
        assert [one["username"] for one in alice.json("user", "list")] == ["alice"]


def test_a_backup_of_an_older_version_stays_one(alice):
    with sqlite3.connect(alice.file) as db:
        db.execute("DELETE FROM latchkey_migration WHERE id = (SELECT max(id) FROM latchkey_migration)")
    db.close()
    file = alice.folder / "backup.db"
    assert "of an older version, so that its audit trail was not read" in alice.ok("backup", file)
    assert rows(file) == rows(alice.file)
