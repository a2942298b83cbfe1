"""A new app, as `latchkey init` makes it: it builds, passes its tests, runs, and its tables change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "Program"))

from program import ENVIRONMENT, PASSWORD, PROJECT, Server, binary  # noqa: E402

# A first build of everything that an app needs.
BUILD_SECONDS = 2700
# The checkout's own folder: the packages that both need are built there already.
BUILDING = ENVIRONMENT | {"SWIFTPM_BUILD_DIR": str(PROJECT / ".build")}


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("starter")
    subprocess.run([binary(), "init", "notes", "--latchkey", str(PROJECT)], cwd=folder, check=True)
    return folder / "notes"


def run(app: Path, *words: str) -> str:
    done = subprocess.run(
        words, cwd=app, env=BUILDING, timeout=BUILD_SECONDS, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_it_passes_its_own_tests_without_a_warning(app):
    printed = run(app, "script/test")
    assert "with 3 tests" in printed and "passed" in printed
    assert not [line for line in printed.splitlines() if f"{app}/" in line and "warning:" in line]


class StarterServer(Server):
    """By `script/server`, which applies the migrations first."""

    options = ["--port", "0"]

    def start(self) -> "StarterServer":
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.folder / "script/server"), *self.options],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=self.folder, env=BUILDING)
        for line in self.process.stdout:
            if line.startswith(b"Notes listens on "):
                break
        self.address = line.decode().split()[3]
        self.port = int(self.address.rsplit(":", 1)[1])
        self.origin = self.address
        return self


def test_somebody_registers_and_keeps_a_profile(app):
    with StarterServer(app) as server:
        fields = {"username": "ada", "password": PASSWORD, "confirm_password": PASSWORD}
        assert server.post("/register", fields).status == 303
        cookie = server.log_in("ada")
        assert server.get("/profile").status == 303
        assert server.post("/profile", {"motto": "Onwards & <upwards>"}, cookie).status == 303
        page = server.get("/profile", cookie).text
        assert "Profile of ada" in page and 'value="Onwards &amp; &lt;upwards&gt;"' in page
        refused = server.post("/profile", {"motto": "x" * 201}, cookie)
        assert refused.status == 422 and "Shorten it" in refused.text and "x" * 201 in refused.text
        assert server.post("/profile", b"motto=%zz", cookie).status == 400


class ServerElsewhere(StarterServer):
    options = ["--port", "0", "--database", "else where.db"]


def test_another_database_gets_the_migrations_too(app):
    with ServerElsewhere(app) as server:
        assert server.get("/health").status == 200
    assert (app / "else where.db").exists()


def test_its_table_changes_and_keeps_its_rows(app):
    program = f"{run(app, 'swift', 'build', '--show-bin-path').strip()}/notes"
    schema, profiles = app / "Sources/Notes/Schema.swift", app / "Sources/Notes/Profiles.swift"
    schema.write_text(schema.read_text().replace(
        "primaryKey:", '.column("city", .text, optional: true),\n      primaryKey:'))
    profiles.write_text(profiles.read_text().replace("longestMotto = 200", "longestMotto = 300"))
    run(app, "swift", "build")
    assert "Wrote Migrations/" in run(app, program, "db", "makemigrations", "--message", "add city")
    assert "Applied " in run(app, program, "db", "migrate")
    assert run(app, program, "db", "status").count("pending") == 0
    assert '"username" : "ada"' in run(app, program, "user", "list", "--json")
    with StarterServer(app) as server:
        cookie = server.log_in("ada")
        assert 'value="Onwards &amp; &lt;upwards&gt;"' in server.get("/profile", cookie).text
    # The app's own test finds a migration that was forgotten.
    profiles.write_text(profiles.read_text().replace("longestMotto = 300", "longestMotto = 400"))
    done = subprocess.run(["script/test"], cwd=app, env=BUILDING, timeout=BUILD_SECONDS, capture_output=True, text=True)
    assert done.returncode != 0 and "each declared table has its migration" in done.stdout + done.stderr
