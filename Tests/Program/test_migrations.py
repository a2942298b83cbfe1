"""An app's own tables, by the commands of an app: the example Notes."""

import json
import re
import shlex
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from program import ENVIRONMENT, Server, assert_one_line, binary, command
from terminal import Terminal
from wire import Answer

NOTES = Path(binary()).with_name("Notes")
# What the app declares, as its first migration might have said it.
NOTE = """\
CREATE TABLE note (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 10000)
) STRICT;
"""
INDEX = "CREATE INDEX note_by_account ON note (account_id);\n"


class App:
    """The program notes in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "latchkey.db"
        self.migrations = folder / "Migrations"

    def run(self, *words, status: int | None = 0, name: str = "notes", **environment) -> subprocess.CompletedProcess:
        # As if it were installed: what it advises depends on how it was called.
        done = subprocess.run(
            [name, *words], executable=NOTES, cwd=self.folder, env=ENVIRONMENT | environment, capture_output=True, timeout=60)
        assert status is None or done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    def says(self, *words, status: int = 0) -> str:
        done = self.run(*words, status=status)
        assert status != 0 or done.stderr == b"", done.stderr
        return done.stdout.decode()

    def refuses(self, *words) -> str:
        return self.run(*words, status=1).stderr.decode()

    def write(self, number: int, up: str, down: str | None = None, name: str = "step") -> Path:
        self.migrations.mkdir(exist_ok=True)
        file = self.migrations / f"2026010100000{number}-{name}.sqlite.sql"
        file.write_text(f"-- migrate:up\n\n{up}" + (f"\n-- migrate:down\n\n{down}" if down else ""))
        return file

    def files(self) -> list[str]:
        return sorted(file.name for file in self.migrations.iterdir())

    def sql(self, *statements):
        with closing(sqlite3.connect(self.file)) as db, db:
            for statement in statements:
                found = db.execute(statement).fetchall()
        return found

    def add_rows(self, count: int = 2) -> None:
        self.sql(
            "INSERT INTO account VALUES (1, 'ada', 'ada', NULL, NULL, 0, 1, 0)",
            *(f"INSERT INTO note (account_id, text) VALUES (1, 'note {number}')" for number in range(count)))

    def texts(self) -> list[str]:
        return [text for text, in self.sql("SELECT text FROM note ORDER BY id")]


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


def test_from_nothing_to_a_table_that_is_used(app):
    written = app.says("db", "init")
    [name] = app.files()
    assert re.fullmatch(r"\d{14}-first-tables\.sqlite\.sql", name) and f"Migrations/{name}" in written
    text = (app.migrations / name).read_text()
    assert NOTE in text and INDEX in text and "-- loses: the table note with its rows" in text
    assert NOTE in app.says("db", "migrate", "--dry-run")
    assert not app.file.exists(), "no database is needed, and none is made"
    printed = app.says("db", "migrate")
    assert printed.startswith("Made the database latchkey.db, with Latchkey's own tables.\nApplied " + name.split(".")[0])
    assert app.says("db", "migrate") == "Nothing to apply.\n"
    assert "pending" not in app.says("db", "status")
    assert app.says("db", "makemigrations", "--message", "more") == "No changes.\n"
    assert app.files() == [name]
    assert "already" in app.refuses("db", "init")
    app.add_rows()
    assert app.says("count") == "2\n", "a command of the app's own"


class NotesServer(Server):
    def start(self):
        self.arguments += ["--port", "0"] if "--port" not in self.arguments else []
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [str(NOTES), "serve", "--database", str(self.file), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                cwd=self.folder, env=ENVIRONMENT | self.environment)
        line = self.process.stdout.readline().decode()
        found = re.match(r"Notes listens on (http://\S+?:(\d+)) ", line)
        assert found, (line, self.log[-2000:])
        self.address, self.port = found[1], int(found[2])
        self.origin = self.address
        return self


def test_the_app_serves_its_pages_beside_ours_and_not_before_its_tables_are_there(app):
    assert f"There is no folder {app.migrations} with" in app.refuses("serve", "--port", "0")
    app.says("db", "init")
    assert "1 migration has not been applied. Apply with: notes db migrate" in app.refuses("serve", "--port", "0")
    app.says("db", "migrate")
    with NotesServer(app.folder) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        assert "<title>Your sessions · Notes</title>" in server.get("/account/sessions", cookie).text

        def note(text: str) -> Answer:
            return server.post("/notes", text.encode(), cookie, content_type="text/plain")

        assert note("first").status == note("second").status == 201
        assert server.get("/notes", cookie).text == "first\nsecond"
        assert server.get("/notes").status == 303, "closed by default"
        server.ok("user", "delete", "ada", "--yes")
        assert app.texts() == [], "a note goes with its account"


def test_what_was_declared_since_is_written_down_and_the_rows_stay(app):
    app.write(1, NOTE.replace("10000", "100"))
    app.says("db", "migrate")
    app.add_rows(3)
    assert "Write the difference down" in app.says("db", "status", status=2)
    app.says("db", "makemigrations", "-m", "Longer notes")
    first, second = app.files()
    assert second.endswith("-longer-notes.sqlite.sql")
    assert app.says("db", "migrate", "--dry-run").count("CREATE TABLE note_new") == 1
    assert "pending" in app.says("db", "status", status=2)
    app.says("db", "migrate")
    assert app.texts() == ["note 0", "note 1", "note 2"] and app.says("db", "status")
    app.sql(f"INSERT INTO note (account_id, text) VALUES (1, '{'x' * 200}')", "DELETE FROM note WHERE length(text) > 100")
    app.says("db", "rollback")
    assert app.texts() == ["note 0", "note 1", "note 2"]
    with pytest.raises(sqlite3.IntegrityError):
        app.sql(f"INSERT INTO note (account_id, text) VALUES (1, '{'x' * 200}')")


@pytest.mark.parametrize("wider, lost, rename", [
    (NOTE.replace(") STRICT", ", color TEXT) STRICT").replace("10000)\n,", "10000),\n"), "the column note.color with its values", None),
    (NOTE + "CREATE TABLE draft (id INTEGER PRIMARY KEY) STRICT;\n", "the table draft with its rows", None),
    (NOTE.replace("  text TEXT NOT NULL", "  body TEXT NOT NULL").replace("length(text)", "length(body)"),
     "the column note.body with its values", "note.body:text"),
    (NOTE.replace("TABLE note", "TABLE entry"), "the table entry with its rows", "entry:note"),
])
def test_nothing_gets_lost_by_accident(app, wider, lost, rename):
    app.write(1, wider + INDEX.replace("note (", "entry (") if "TABLE entry" in wider else wider + INDEX)
    before = app.files()
    refused = app.refuses("db", "makemigrations", "-m", "x")
    assert lost in refused and "--allow-data-loss" in refused and "--rename" in refused
    assert app.files() == before, "nothing was written"
    if rename:
        app.says("db", "makemigrations", "-m", "x", "--rename", rename)
    else:
        app.says("db", "makemigrations", "-m", "x", "--allow-data-loss")
    [new] = set(app.files()) - set(before)
    up = (app.migrations / new).read_text().split("-- migrate:down")[0]
    assert (f"-- loses: {lost}" in up) == (rename is None) and ("RENAME" in up) == (rename is not None)
    printed = app.says("db", "migrate")
    assert (f"gives up {lost}" in printed) == (rename is None)
    assert app.says("db", "status") and app.says("db", "makemigrations", "-m", "y") == "No changes.\n"


@pytest.mark.parametrize("words", [
    ["--rename", "x"], ["--rename", "note.nothing:text"], ["--rename", "nothing:note"], ["--message", "…"]])
def test_what_cannot_be_written_is_said(app, words):
    app.write(1, NOTE)
    assert_one_line(app.run("db", "makemigrations", "-m", "x", *words, status=1), 1)
    assert len(app.files()) == 1


def test_a_forgotten_migration_is_told_by_all_who_meet_it(app):
    app.write(1, NOTE.replace("10000", "100") + INDEX)
    differs = "The declared tables differ from what the migrations make."
    assert differs in app.refuses("serve", "--port", "0")
    assert not app.file.exists()
    assert differs in app.says("db", "migrate")
    assert differs in app.says("db", "migrate"), "and not only that there is nothing to apply"
    assert "MUST: A migration was forgotten." in app.run("doctor", status=3).stdout.decode()


def test_a_step_back_that_loses_something_has_to_be_allowed(app):
    app.says("db", "init")
    app.says("db", "migrate")
    app.add_rows()
    assert "the table note with its rows" in app.refuses("db", "rollback")
    assert app.texts() == ["note 0", "note 1"]
    assert app.says("db", "rollback", "--allow-data-loss").startswith("Took back ")
    assert "pending" in app.says("db", "status", status=2)
    assert_one_line(app.run("db", "rollback", status=1), 1, "No migration has been applied.")
    app.write(9, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;")


def test_a_step_without_a_way_back_is_not_taken_back(app):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    assert_one_line(app.run("db", "rollback", status=1), 1, "has no way back in its file")


def test_files_and_database_have_to_belong_together(app):
    one, two = app.write(1, NOTE), app.write(2, INDEX)
    app.says("db", "migrate")
    text = two.read_text()
    for words in (["db", "migrate"], ["db", "status"], ["db", "rollback"], ["serve", "--port", "0"]):
        two.write_text(text + "DROP TABLE note;\n")
        assert_one_line(app.run(*words, status=1), 1, "20260101000002-step was changed after it had been applied")
        two.unlink()
        assert_one_line(app.run(*words, status=1), 1, "been through 20260101000002-step, and there is no such file")
        two.write_text(text)
        app.write(0, "CREATE TABLE early (id INTEGER PRIMARY KEY) STRICT;")
        assert_one_line(app.run(*words, status=1), 1, "20260101000000-step has not been applied", "Rename the file")
        (app.migrations / "20260101000000-step.sqlite.sql").unlink()
    # Blanks at line ends are nobody's change.
    two.write_text(text.replace("\n", "  \n"))
    app.says("db", "status")


def test_a_database_that_somebody_has_changed_is_seen(app):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    app.sql("DROP INDEX note_by_account")
    printed = app.says("db", "status", status=3)
    assert "The database is not as the migrations make it" in printed and INDEX.strip(";\n") in printed
    app.sql("ALTER TABLE note ADD COLUMN color TEXT", INDEX)
    [drift] = json.loads(app.says("db", "status", "--json", status=3))["drift"]
    assert (drift["object"], drift["problem"]) == ("table note", "changed")
    assert "color" in drift["found"] and "color" not in drift["made"]
    app.sql("ALTER TABLE note DROP COLUMN color", "CREATE TRIGGER spy AFTER INSERT ON account BEGIN SELECT 1; END")
    assert "The trigger spy comes from no migration:\n  CREATE TRIGGER spy" in app.says("db", "status", status=3)
    assert "SHOULD: Not as the migrations make it: trigger spy." in app.run("doctor", status=2).stdout.decode()


def test_what_a_schema_cannot_say_is_written_by_hand(app):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    assert "Wrote Migrations/" in app.says("db", "makemigrations", "--empty", "-m", "Tags")
    [name] = set(app.files()) - {"20260101000001-step.sqlite.sql"}
    assert "there is no statement below" in app.refuses("db", "migrate"), "not filled in yet"
    file = app.migrations / name
    file.write_text(file.read_text().replace(
        "-- migrate:up\n", "-- migrate:up\n\nCREATE TABLE tag (name VARCHAR(20) UNIQUE);"))
    app.says("db", "migrate")
    assert "pending" not in app.says("db", "status")
    said = app.says("db", "makemigrations", "-m", "more")
    assert said == ("Left alone: the table tag, which is not declared and has what a schema cannot say "
                    "(UNIQUE in name, the type VARCHAR(20) in name).\nNo changes.\n")
    assert_one_line(app.run("db", "rollback", status=1), 1, "has no way back in its file")
    assert app.run("db", "makemigrations", "--empty", "-m", "x", "--allow-data-loss", status=64)


def test_what_would_get_lost_unsaid_is_not_made_anew(app):
    app.write(1, NOTE.replace("10000)\n", "100),\n  UNIQUE (account_id, text)\n") + INDEX)
    refused = app.refuses("db", "makemigrations", "-m", "longer")
    assert "the table note would have to be made anew" in refused and "UNIQUE (account_id, text)" in refused
    assert "makemigrations --empty" in refused and len(app.files()) == 1


@pytest.mark.parametrize("sql, reason", [
    ("INSERT INTO missing VALUES (1);", "no such table: missing"),
    ("COMMIT;", "COMMIT is not allowed"), ("PRAGMA foreign_keys = OFF;", "PRAGMA is not allowed"),
    ("DROP TABLE session;", "Latchkey's own table session"),
    ("DROP TRIGGER audit_is_never_changed;", "Latchkey's own trigger audit_is_never_changed"),
    ("DROP INDEX session_by_account;", "Latchkey's own index session_by_account"),
    ("DELETE FROM latchkey_migration;", "rows of Latchkey's own table latchkey_migration"),
    ("INSERT INTO note (account_id, text) VALUES (99, 'x');", "FOREIGN KEY"),
    ("CREATE TABLE;", "syntax error"), ("UPDATE note SET text = '';", "CHECK constraint failed"),
])
def test_a_step_that_fails_leaves_nothing_behind_and_stops_the_rest(app, sql, reason):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    app.add_rows()
    app.write(2, f"CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT;\n{sql}\n")
    app.write(3, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;\n")
    failed = app.refuses("db", "migrate")
    # Most are seen before anything is done; what depends on rows only when it is tried.
    began = "failed, and nothing of it was done" if "FOREIGN" in reason or "CHECK" in reason else "cannot be applied"
    assert f"20260101000002-step {began}" in failed and reason in failed, failed
    names = {name for name, in app.sql("SELECT name FROM sqlite_master")}
    assert not {"half", "later"} & names and "session" in names
    assert app.texts() == ["note 0", "note 1"]


def test_a_step_that_needs_what_no_migration_makes_is_not_applied(app):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    app.sql("CREATE TABLE legacy (a TEXT)")
    app.write(2, "ALTER TABLE legacy ADD COLUMN b TEXT;")
    for words in (["migrate"], ["migrate", "--dry-run"]):
        assert "cannot be applied: no such table: legacy" in app.refuses("db", *words)
    assert "b" not in app.sql("SELECT sql FROM sqlite_master WHERE name = 'legacy'")[0][0]


def test_a_hint_can_be_pasted(app):
    app.write(1, NOTE + INDEX)
    elsewhere = ["--database", "other files/notes.db", "--config=settings.json"]
    (app.folder / "settings.json").write_text('{"site": {"name": "Notes"}}')
    (app.folder / "other files").mkdir()
    refused = app.refuses("serve", "--port", "0", *elsewhere)
    hint = "notes db migrate --database 'other files/notes.db' --config settings.json"
    assert refused.endswith(f"Apply with: {hint}\n"), refused
    in_package = app.run("serve", "--port", "0", *elsewhere, status=1, name=str(app.folder / ".build/debug/notes"))
    assert in_package.stderr.decode().endswith(f"Apply with: swift run {hint}\n")
    app.says(*shlex.split(hint)[1:])
    assert (app.folder / "other files/notes.db").exists() and not app.file.exists()


def test_only_up_to_a_step(app):
    for number in range(1, 4):
        app.write(number, f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY) STRICT;\n", f"DROP TABLE t{number};\n")
    assert_one_line(app.run("db", "migrate", "--to", "7", status=1), 1, "No migration begins with 7")
    assert_one_line(app.run("db", "migrate", "--to", "2026", status=1), 1, "More than one migration")
    assert app.says("db", "migrate", "--to", "20260101000002").count("Applied") == 2
    assert app.says("db", "migrate", "--to", "20260101000001").startswith("Nothing to apply.\n")
    assert app.says("db", "migrate").count("Applied") == 1


@pytest.mark.parametrize("name, text", [
    ("20260101000001-step.sqlite.sql", "CREATE TABLE x (id);"), ("20260101000001-step.sqlite.sql", b"\xff-- migrate:up\nx"),
    ("step.sqlite.sql", "-- migrate:up\nSELECT 1;"), ("20260101000001_step.sqlite.sql", "-- migrate:up\nSELECT 1;")])
def test_a_file_that_is_no_migration_is_named_and_makes_no_database(app, name, text):
    app.migrations.mkdir()
    (app.migrations / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    for words in (["db", "migrate"], ["db", "makemigrations", "-m", "x"]):
        assert name.removesuffix(".sqlite.sql") in app.refuses(*words)
    assert not app.file.exists()


def test_of_many_that_migrate_at_once_each_step_is_done_by_one(app):
    for number in range(1, 6):
        app.write(number, f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY) STRICT;\n")
    with ThreadPoolExecutor(8) as pool:
        printed = "".join(pool.map(lambda _: app.says("db", "migrate"), range(8)))
    assert [printed.count(f"Applied 2026010100000{number}-step (") for number in range(1, 6)] == [1] * 5


def answered(app, words, answer: str) -> tuple[str, int]:
    """A person at a terminal is asked, and answers."""
    with Terminal(*words, cwd=app.folder, program=str(NOTES)) as shown:
        shown.answer("[y/N] ", answer)
        status = shown.end()
        return shown.seen, status


def test_at_a_terminal_it_asks_before_something_gets_lost(app):
    app.write(1, NOTE + INDEX + "CREATE TABLE draft (id INTEGER PRIMARY KEY) STRICT;\n")
    words = ["db", "makemigrations", "-m", "no drafts"]
    said, status = answered(app, words, "")
    assert "the table draft with its rows" in said and "Nothing was changed" in said and status == 1
    assert len(app.files()) == 1
    said, status = answered(app, words, "y")
    assert "Wrote Migrations/" in said and status == 0 and len(app.files()) == 2


def test_at_a_terminal_it_asks_before_a_step_back_loses_something(app):
    app.says("db", "init")
    app.says("db", "migrate")
    assert "the table note with its rows" in answered(app, ["db", "rollback"], "n")[0]
    assert "pending" not in app.says("db", "status")
    assert "Took back " in answered(app, ["db", "rollback"], "yes")[0]


def test_latchkeys_own_tables_come_by_the_same_steps(app):
    app.write(1, NOTE + INDEX)
    app.says("db", "migrate")
    status = json.loads(app.says("db", "status", "--json"))
    assert [step["id"].split("-", 1)[1] for step in status["latchkeySteps"][:2]] == ["accounts-and-sessions", "guarding"]
    assert all(step["applied"] for step in status["latchkeySteps"] + status["steps"]) and status["latchkeyChanged"] == []
    assert "Latchkey's own tables are up to date." in app.says("db", "status")
    # As an earlier version of Latchkey would have left it.
    app.sql("DELETE FROM latchkey_migration WHERE id LIKE '%session-cache'", *(
        f"DROP TRIGGER {name}" for name in (
            "session_changed", "session_unseen", "session_replaced", "account_changed", "account_gone",
            "account_replaced", "revocations_only_rise", "revocations_stay")))
    before = app.sql("SELECT name FROM sqlite_master ORDER BY name")
    assert "own tables is pending: 20261127010000-session-cache" in app.says("db", "status", status=2)
    assert "session-cache" in app.says("db", "migrate", "--dry-run")
    doctor = app.run("doctor", status=2).stdout.decode()
    assert "1 migration of Latchkey's own tables not applied" in doctor
    assert app.sql("SELECT name FROM sqlite_master ORDER BY name") == before, "nothing has changed"
    assert "session-cache, of Latchkey's own tables.\n" in app.says("db", "migrate")
    app.sql("DROP TRIGGER audit_is_never_changed")
    assert "trigger audit_is_never_changed" in app.says("db", "status", status=3)
    assert "MUST: Gone or changed: trigger audit_is_never_changed." in app.run("doctor", status=3).stdout.decode()


def test_a_program_without_tables_of_its_own_needs_no_folder(tmp_path):
    database = tmp_path / "latchkey.db"
    assert b"CREATE TABLE account" in command("db", "migrate", "--dry-run", "--database", database).stdout
    assert not database.exists()
    made = f"Made the database {database}, with Latchkey's own tables.\n"
    assert command("db", "migrate", "--database", database).stdout.decode() == made
    assert command("db", "migrate", "--database", database).stdout == b"Nothing to apply.\n"
    done = command("db", "status", "--database", database, cwd=tmp_path)
    assert done.returncode == 0 and b"pending" not in done.stdout
    # In the folder of an app, the ready program is not that app.
    (tmp_path / "Migrations").mkdir()
    (tmp_path / "Migrations/20260101000001-step.sqlite.sql").write_text("-- migrate:up\nSELECT 1;")
    assert b"pending" not in command("db", "status", "--database", database, cwd=tmp_path).stdout
    with Server(tmp_path) as server:
        assert server.get("/login").status == 200
    for words in (["init"], ["makemigrations", "-m", "x"]):
        assert_one_line(command("db", *words, cwd=tmp_path), 1, "latchkey has no tables of its own")
    # But what somebody has hung on our tables is seen.
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TRIGGER audit_by_account BEFORE INSERT ON audit BEGIN SELECT raise(IGNORE); END")
        db.execute("CREATE TRIGGER spy AFTER UPDATE ON account BEGIN SELECT 1; END")
    found = command("doctor", "--database", database).stdout.decode()
    assert "MUST: Gone or changed: trigger audit_by_account." in found
    assert "SHOULD: Not as the migrations make it: trigger spy." in found


def test_the_folder_can_be_elsewhere(app):
    app.says("db", "init", "--migrations", "elsewhere")
    assert app.run("db", "migrate", LATCHKEY_MIGRATIONS="elsewhere").stdout.count(b"Applied") == 1
