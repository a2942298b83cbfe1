"""A database that may only be read, as the system's own rules have it: they bind everybody but root."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from program import CHEAP, ENVIRONMENT, PASSWORD, SAFETY_SECONDS, Server, assert_one_line, binary

NOBODY = 65534
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.stat(binary()).st_mode & 0o001, reason="only root can run the program as another user")


class Unprivileged(Server):
    """A server, and commands, of a user to whom the rights of files mean something."""

    def start(self):
        os.setegid(NOBODY), os.seteuid(NOBODY)
        try:
            return super().start()
        finally:
            os.seteuid(0), os.setegid(0)

    def command(self, *arguments, stdin: str | bytes = b"", **environment):
        return subprocess.run(
            [binary(), *map(str, arguments), "--database", str(self.file)], user=NOBODY, group=NOBODY,
            extra_groups=[], input=stdin.encode() if isinstance(stdin, str) else stdin, capture_output=True,
            timeout=SAFETY_SECONDS, cwd=self.folder, env=ENVIRONMENT | environment)


@pytest.fixture
def folder():
    """Outside of pytest's own folders, which are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="latchkey-"))
    os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def site(folder):
    site = Unprivileged(folder)
    site.add("ada")
    return site


def forbid_writing(folder: Path) -> None:
    for file in folder.glob("latchkey.db*"):
        if file.suffix not in (".json", ".log"):
            file.chmod(0o444)
    folder.chmod(0o555)


def allow_writing(folder: Path) -> None:
    folder.chmod(0o755)
    for file in folder.glob("latchkey.db*"):
        file.chmod(0o600)


@pytest.mark.parametrize("words", [
    ["user", "list"], ["user", "disable", "ada"], ["user", "add", "bob"], ["audit", "verify"], ["serve", "--port", "0"]])
def test_a_database_that_may_only_be_read_is_one_line(site, words):
    forbid_writing(site.folder)
    done = site.command(*words)
    assert_one_line(done, 1, str(site.file))
    assert re.search(rb"may only be read|writing there is not allowed", done.stderr), done.stderr
    allow_writing(site.folder)
    assert [record["enabled"] for record in site.json("user", "list")] == [True]


@pytest.mark.parametrize("words", [["user", "list"], ["user", "add", "bob"], ["serve", "--port", "0"]])
def test_a_folder_in_which_nothing_may_be_made_is_one_line(site, words):
    """The file itself may be written; the files beside it, without which SQLite cannot work, not."""
    site.folder.chmod(0o555)
    assert_one_line(site.command(*words), 1, str(site.file))


@pytest.mark.clause("ASVS 16.5.2", "ASVS 16.5.3")
def test_a_server_whose_folder_is_closed_says_503_and_goes_on_when_it_is_open_again(site):
    with site:
        cookie = site.log_in("ada")
        forbid_writing(site.folder)
        fields = {"username": "n", "password": PASSWORD, "confirm_password": PASSWORD}
        answers = [site.post("/register", fields | {"username": f"n{number}"}) for number in range(10)]
        answers += [site.post("/login", {"username": "ada", "password": PASSWORD}) for _ in range(5)]
        # What the server has open stays open to it: that much may go on.
        assert {answer.status for answer in answers} <= {303, 503}
        for answer in answers:
            if answer.status == 503:
                assert answer.all("retry-after") and "cannot reach its data" in answer.text
                assert not answer.all("set-cookie") and "readonly" not in answer.text.lower()
        site.assert_alive()
        allow_writing(site.folder)
        acknowledged = {f"n{number}" for number in range(10) if answers[number].status == 303}
        assert site.post("/register", fields | {"username": "afterwards"}).status == 303
        assert site.may_enter(cookie) and site.may_enter(site.log_in("afterwards"))
        assert acknowledged <= {record["username"] for record in site.json("user", "list")}
    assert site.ok("audit", "verify").startswith("The audit trail is whole")


@pytest.mark.clause("ASVS 16.5.2", "ASVS 16.5.3")
def test_while_a_database_cannot_be_written_people_who_are_logged_in_stay_so(tmp_path):
    """Another program holds the write lock for longer than we wait for it."""
    with Server(tmp_path, settings=CHEAP) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        with closing(sqlite3.connect(server.file, isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            assert server.may_enter(cookie)
            begin = time.monotonic()
            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(lambda ask: ask(), [
                    lambda: server.post("/login", {"username": "ada", "password": PASSWORD}),
                    lambda: server.post("/logout", b"", cookie)]))
            assert {answer.status for answer in answers} == {503}
            assert time.monotonic() - begin < SAFETY_SECONDS
            # The log-out has not happened, and nobody is told that it has.
            assert server.may_enter(cookie) and not answers[1].all("set-cookie")
        assert server.post("/logout", b"", cookie).status == 303 and not server.may_enter(cookie)
