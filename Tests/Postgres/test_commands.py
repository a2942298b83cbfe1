"""Each command with a database of PostgreSQL."""

import json
import re
import signal
import sqlite3
import subprocess

import pytest

from cluster import USER, PostgresServer, as_user
from program import Database, Server, assert_one_line, binary, command, eventually

NOTES = binary().removesuffix("latchkey") + "Notes"


def notes(*words, cwd, stdin: bytes = b""):
    return subprocess.run([NOTES, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, timeout=60)


def ok(done) -> str:
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout.decode()


def test_accounts_sessions_throttles_and_the_trail(database, server):
    database.add("ada")
    assert [account["username"] for account in database.json("user", "list")] == ["ada"]
    cookie = server.log_in("ada")
    [session] = database.json("session", "list")
    assert server.may_enter(cookie)
    database.ok("session", "revoke", session["id"])
    assert not server.may_enter(cookie)
    cookie = server.log_in("ada")
    database.ok("user", "disable", "ada")
    assert not server.may_enter(cookie)
    assert "whole" in database.ok("audit", "verify")
    events = [event["event"] for event in database.json("audit", "list")]
    assert events == ["registered", "logged-in", "session-revoked", "logged-in", "disabled"]
    database.ok("user", "delete", "ada", "--yes")
    assert database.json("throttle", "list") == []


def test_the_server_says_where_its_database_is_and_not_the_password(shared, name, tmp_path):
    url = shared.url(name, user=f"{USER}:hunter2")
    server = PostgresServer(tmp_path, url).start()
    server.process.send_signal(15)
    rest = server.process.stdout.read().decode()
    server.wait()
    assert "hunter2" not in rest + server.log


@pytest.mark.parametrize("url, words", [
    ("postgres://latchkey:hunter2@127.0.0.1:1/app", "No connection to the database"),
    ("postgres://latchkey:hunter2@127.0.0.1:1/app?sslmode=sometimes", "sslmode"),
    ("postgres://latchkey:hunter2@127.0.0.1:1/app?sslmod=require", "no parameter sslmod"),
    ("postgres://latchkey:hun@ter2@127.0.0.1:1/app", "%40 for @"),
    ("postgres://latchkey:hunter2/two@127.0.0.1:1/app", "%2F for /"),
    ("postgres://latchkey:hun?ter2@127.0.0.1:1/app", "its URL cannot be read"),
    ("postgres://latchkey:hun#ter2@127.0.0.1:1/app", "No connection to the database"),
    ("postgres:latchkey:hunter2@127.0.0.1/app", "is named by a URL"),
    ("host=127.0.0.1 password=hunter2", "is named by a URL"),
    ("postgres://latchkey:hun@t/er2@127.0.0.1:1/app", "its URL cannot be read"),
    ("postgres://latchkey:hunter2127.0.0.1/app", "its URL cannot be read"),
    ("postgres://latchkey:hunter2/127.0.0.1:1/app", "its URL cannot be read"),
    ("latchkey:hunter2@127.0.0.1/app", "is named by a URL"),
    ("postgresql//latchkey:hunter2@127.0.0.1/app", "is named by a URL"),
    ("postgres://latchkey:hunter2@[127.0.0.1:1/app", "its URL cannot be read"),
    ("postgres://latchkey:hunter2@127.0.0.1:1/app?service=nowhere", "nowhere"),
])
@pytest.mark.parametrize("words_of_command", [("user", "list"), ("serve", "--port", "0"), ("db", "status")])
def test_a_database_that_cannot_be_is_told_in_one_line(tmp_path, url, words, words_of_command):
    done = command(*words_of_command, "--database", url, cwd=tmp_path)
    told = assert_one_line(done, 1, words)
    assert not re.search("hun.?ter2|ter2@|hunter", told)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_there_is_named(shared, tmp_path):
    done = command("user", "list", "--database", shared.url("nowhere"), cwd=tmp_path)
    assert_one_line(done, 1, 'database "nowhere" does not exist')


@pytest.mark.parametrize("key, value", [
    ("maximumConnections", 0), ("maximumConnections", "many"), ("pooler", "session"), ("statementTimeoutSeconds", -1),
    ("waitTimeoutSeconds", 1.5),
])
def test_a_setting_that_cannot_be_is_refused(tmp_path, database, key, value):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"postgres": {key: value}}))
    assert_one_line(database.command("user", "list", "--config", settings), 1, f"postgres.{key}")


def test_few_connections_are_enough(shared, name, tmp_path):
    settings = {"password": {"scheme": "bcrypt", "bcryptCost": 4}, "postgres": {"maximumConnections": 1}}
    with PostgresServer(tmp_path, shared.url(name), settings=settings) as server:
        server.add("ada")
        cookie = server.log_in("ada")
        assert server.may_enter(cookie)
        # One for the requests, one or two to listen; the commands' own are gone.
        sessions = shared.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
        assert 1 <= int(sessions) <= 3


# --- libpq's own ways to say where

def test_a_service_file_says_all(shared, name, tmp_path):
    (tmp_path / "service.conf").write_text(
        f"[accounts]\nhost=127.0.0.1\nport={shared.port}\ndbname={name}\nuser={USER}\napplication_name=by-service\n"
        "connect_timeout=3\n")
    done = command("user", "add", "ada", "--database", "postgres:///?service=accounts", cwd=tmp_path,
                   PGSERVICEFILE=str(tmp_path / "service.conf"))
    ok(done)
    assert shared.sql("SELECT username FROM account", name) == "ada"


def test_the_environment_and_a_password_file_are_heeded(shared, name, tmp_path):
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{shared.port}:*:scram:hunter2\n")
    file.chmod(0o600)
    shared.sql("CREATE ROLE scram SUPERUSER LOGIN PASSWORD 'hunter2'")
    rules = shared.data / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text("host all scram 127.0.0.1/32 scram-sha-256\n" + before)
        shared.sql("SELECT pg_reload_conf()")
        url = f"postgres:///{name}"
        environment = {"PGHOST": "127.0.0.1", "PGPORT": str(shared.port), "PGUSER": "scram"}
        done = command("user", "list", "--database", url, cwd=tmp_path, **environment)
        assert_one_line(done, 1, "no password supplied")
        ok(command("user", "list", "--database", url, cwd=tmp_path, PGPASSFILE=str(file), **environment))
        done = command("user", "list", "--database", url, cwd=tmp_path, PGPASSWORD="wrong", **environment)
        assert_one_line(done, 1, "password authentication failed")
    finally:
        rules.write_text(before)
        shared.sql("SELECT pg_reload_conf()")


def test_tls_is_verified_when_it_is_asked_for(shared, name, tmp_path):
    key, certificate = shared.data / "server.key", shared.data / "server.crt"
    as_user("openssl", "req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)
    shared.sql("ALTER SYSTEM SET ssl = on")
    shared.sql("SELECT pg_reload_conf()")
    try:
        trusted = tmp_path / "root.crt"
        trusted.write_bytes(certificate.read_bytes())
        good = f"postgres://{USER}@localhost:{shared.port}/{name}?sslmode=verify-full&sslrootcert={trusted}"
        ok(command("user", "add", "ada", "--database", good, cwd=tmp_path))
        # Another name than the certificate's, and nobody who vouches for it.
        other = good.replace("@localhost", "@127.0.0.1")
        assert_one_line(command("user", "list", "--database", other, cwd=tmp_path), 1, "certificate")
        unknown = f"postgres://{USER}@localhost:{shared.port}/{name}?sslmode=verify-full&sslrootcert={tmp_path}/none"
        assert_one_line(command("user", "list", "--database", unknown, cwd=tmp_path), 1, "none")
    finally:
        shared.sql("ALTER SYSTEM RESET ssl")
        shared.sql("SELECT pg_reload_conf()")


def test_another_machine_is_not_spoken_to_in_clear_unless_that_is_said(shared, name, tmp_path):
    # Another name for this machine, which has no TLS.
    url = f"postgres://{USER}@db.example.org:{shared.port}/{name}?hostaddr=127.0.0.1"
    assert_one_line(command("user", "list", "--database", url, cwd=tmp_path), 1, "SSL was required")
    ok(command("user", "add", "ada", "--database", url + "&sslmode=disable", cwd=tmp_path))
    ok(command("user", "list", "--database", url, cwd=tmp_path, PGSSLMODE="disable"))
    done = command("doctor", "--database", url + "&sslmode=prefer", cwd=tmp_path)
    assert b"The server's certificate is not checked." in done.stdout


def test_of_several_hosts_the_one_that_takes_writes_is_found(shared, name, tmp_path):
    url = f"postgres://{USER}@127.0.0.1:1,127.0.0.1:{shared.port}/{name}"
    ok(command("user", "add", "ada", "--database", url, cwd=tmp_path))
    assert shared.sql("SELECT username FROM account", name) == "ada"


# --- An app's tables

def test_the_tables_of_an_app_are_made_changed_and_taken_back(database, tmp_path):
    url = database.file
    hint = ok(notes("db", "init", "--database", url, cwd=tmp_path))
    [file] = (tmp_path / "Migrations").iterdir()
    assert file.name.endswith("-first-tables.postgres.sql") and "GENERATED ALWAYS AS IDENTITY" in file.read_text()
    assert "db migrate --database postgres://" in hint
    done = notes("serve", "--port", "0", "--database", url, cwd=tmp_path)
    assert_one_line(done, 1, "has not been applied")
    assert notes("db", "status", "--database", url, cwd=tmp_path).returncode == 2
    assert "first-tables" in ok(notes("db", "migrate", "--database", url, cwd=tmp_path))
    assert notes("db", "status", "--database", url, cwd=tmp_path).returncode == 0
    assert ok(notes("db", "makemigrations", "--message", "more", "--database", url, cwd=tmp_path)) == "No changes.\n"
    # Notes keeps them in SQLite: it says so, and is not served with another database.
    assert_one_line(notes("serve", "--port", "0", "--database", url, cwd=tmp_path), 1, "keeps its own tables in SQLite")
    ok(notes("db", "rollback", "--allow-data-loss", "--database", url, cwd=tmp_path))
    assert json.loads(notes("db", "status", "--json", "--database", url, cwd=tmp_path).stdout)["steps"][0].keys() == {"id"}


def test_a_hint_repeats_the_place_and_not_the_password(shared, name, tmp_path):
    url = shared.url(name, user=f"{USER}:hunter2", more="?password=hunter2&application_name=x")
    done = notes("db", "init", "--database", url, cwd=tmp_path)
    assert "hunter2" not in ok(done) and "PASSWORD@127.0.0.1" in done.stdout.decode()


def test_doctor_looks_at_the_server(shared, database, name):
    assert database.command("doctor").returncode == 2
    database.add("ada")
    findings = {finding["finding"] for finding in json.loads(database.command("doctor", "--json").stdout)}
    assert "The user of the database is a superuser." in findings
    done = database.command("doctor", PGOPTIONS="-c synchronous_commit=off")
    assert done.returncode == 3 and b"before a change is on its disk" in done.stdout
    shared.sql("GRANT CREATE ON SCHEMA public TO PUBLIC", name)
    assert b"Everybody in the database may make objects" in database.command("doctor").stdout
    shared.sql("DROP TRIGGER audit_anchor_stays ON audit_anchor", name)
    done = database.command("doctor")
    assert done.returncode == 3 and b"trigger audit_anchor_stays" in done.stdout


def test_doctor_sees_who_can_read_a_password(tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"database": "postgres://latchkey:hunter2@127.0.0.1:1/app"}))
    for mode, is_told in ((0o644, True), (0o640, False)):
        settings.chmod(mode)
        done = command("doctor", "--config", settings, cwd=tmp_path)
        assert done.returncode == 3 and (b"Everybody on this machine can read" in done.stdout) == is_told
        assert b"Make the database answer" in done.stdout and b"hunter2" not in done.stdout


# --- Moving

@pytest.mark.clause("ASVS 7.4.1")
def test_a_site_moves_to_postgresql_and_back_and_nobody_is_logged_out(shared, name, tmp_path):
    with Server(tmp_path) as server:
        server.add("ada")
        server.add("bob")
        cookie = server.log_in("ada")
        ended = server.log_in("bob")
        server.ok("session", "revoke", "--user", "bob")
        assert server.may_enter(cookie) and not server.may_enter(ended)
    url = shared.url(name)
    done = command("db", "copy", server.file, url, cwd=tmp_path)
    assert re.search(r"^account +2 ", ok(done), re.M) and "Copied all of it, and compared it there" in ok(done)
    with PostgresServer(tmp_path, url) as moved:
        assert moved.may_enter(cookie) and not moved.may_enter(ended)
        assert "whole" in moved.ok("audit", "verify")
        late = moved.log_in("bob")
    tables = {table["table"]: table["rows"]
              for table in json.loads(ok(command("db", "copy", url, tmp_path / "back.db", "--json", cwd=tmp_path)))}
    assert tables["account"] == 2 and tables["session"] == 2
    with Server(tmp_path, database="back.db") as back:
        assert back.may_enter(cookie) and back.may_enter(late) and not back.may_enter(ended)
        assert "whole" in back.ok("audit", "verify")


def test_a_copy_onto_something_is_refused_and_changes_nothing(shared, database, name, tmp_path):
    database.add("there")
    with Server(tmp_path) as server:
        server.add("ada")
        assert_one_line(command("db", "copy", server.file, database.file, cwd=tmp_path), 1, "The target is not empty")
        # The other way, too; and a server that runs goes on.
        assert_one_line(command("db", "copy", database.file, server.file, cwd=tmp_path), 1, "The target is not empty")
        assert server.may_enter(server.log_in("ada"))
    assert shared.sql("SELECT username FROM account", name) == "there"
    assert_one_line(command("db", "copy", tmp_path / "nowhere.db", database.file, cwd=tmp_path), 1, "no database")


def test_a_database_is_not_copied_onto_itself(database, tmp_path):
    database.add("there")
    assert_one_line(command("db", "copy", database.file, database.file, cwd=tmp_path), 1, "the same database")


def test_a_copy_that_is_interrupted_says_so_and_leaves_nothing(shared, name, database, tmp_path):
    database.add("there")
    # Somebody who holds a row lets it wait.
    with subprocess.Popen(
            ["psql", "-X", "-q", shared.url(name), "-c", "BEGIN; LOCK account", "-c", "SELECT pg_sleep(60)"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as holder:
        locked = "SELECT count(*) FROM pg_locks WHERE relation = 'account'::regclass AND granted = {}"
        eventually(lambda: shared.sql(locked.format("true"), name) == "1")
        with subprocess.Popen([binary(), "db", "copy", database.file, tmp_path / "new.db"], cwd=tmp_path,
                              stderr=subprocess.PIPE) as copying:
            eventually(lambda: shared.sql(locked.format("false"), name) == "1")
            copying.send_signal(signal.SIGINT)
            assert "Nothing was copied." in copying.stderr.read().decode()
            assert copying.wait() == 130
        holder.kill()
    assert Database(tmp_path, "new.db").json("user", "list") == []


def test_a_copy_waits_for_no_writer_for_ever(shared, database, name, tmp_path):
    database.add("ada")
    with sqlite3.connect(tmp_path / "locked.db") as other:
        Database(tmp_path, "locked.db").add("bob")
        Database(tmp_path, "locked.db").ok("user", "delete", "bob", "--yes")
        other.execute("BEGIN IMMEDIATE")
        done = command("db", "copy", tmp_path / "locked.db", shared.url(name), cwd=tmp_path)
        assert_one_line(done, 1, "another program has locked it")


# --- Users of the database

def test_the_user_that_serves_reads_no_hash(shared, name, database, tmp_path):
    owner, app = f"owner_{name}", f"app_{name}"
    shared.sql(f"CREATE ROLE {owner} LOGIN")
    shared.sql(f"CREATE ROLE {app} LOGIN")
    shared.sql(f"ALTER DATABASE {name} OWNER TO {owner}")
    shared.sql(f"ALTER SCHEMA public OWNER TO {owner}", name)
    owners, apps = shared.url(name, user=owner), shared.url(name, user=app)
    done = command("user", "list", "--database", apps, cwd=tmp_path)
    assert_one_line(done, 1, "Run db migrate as the user that owns them")
    done = command("db", "roles", "--app", app, "--database", owners, cwd=tmp_path)
    assert_one_line(done, 1, "First, as their owner: db migrate")
    ok(command("db", "migrate", "--database", owners, cwd=tmp_path))
    shown = ok(command("db", "roles", "--app", app, "--hide-hashes", "--dry-run", "--database", owners, cwd=tmp_path))
    assert f"TO {app};" in shown and "password_hash" in shown
    assert shown.startswith("BEGIN;\n") and shown.endswith("COMMIT;\n")
    done = ok(command("db", "roles", "--app", app, "--hide-hashes", "--database", owners, cwd=tmp_path))
    assert done == f"{app} may serve, and cannot read password hashes.\n"
    with PostgresServer(tmp_path, apps) as server:
        server.add("ada")
        assert server.may_enter(server.log_in("ada"))
        assert server.post("/login", {"username": "ada", "password": "wrong"}).status == 422
    assert command("doctor", "--database", apps, cwd=tmp_path).returncode in (0, 2)
    done = command("db", "status", "--database", apps, cwd=tmp_path)
    assert "not compared" in ok(done) and "up to date" in ok(done)
    assert json.loads(command("db", "status", "--json", "--database", apps, cwd=tmp_path).stdout)["isCompared"] is False
    # A right that comes another way is found, and nothing is set.
    shared.sql(f"GRANT pg_read_all_data TO {app}")
    done = command("db", "roles", "--app", app, "--hide-hashes", "--database", owners, cwd=tmp_path)
    assert_one_line(done, 1, "as a member of pg_read_all_data")
    assert_one_line(command("db", "roles", "--app", "nobody", "--database", owners, cwd=tmp_path), 1, "CREATE ROLE nobody")
    assert_one_line(command("db", "roles", "--app", "x", "--database", tmp_path / "a.db", cwd=tmp_path), 1, "SQLite has no users")


def test_a_mistyped_scheme_is_no_file(tmp_path):
    assert_one_line(command("user", "list", "--database", "postgre://x:hunter2@h/d", cwd=tmp_path), 1, "begin with postgres://")
    assert list(tmp_path.iterdir()) == []
