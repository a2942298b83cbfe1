#!/usr/bin/env python3
"""Measures the same work in Django, Flask-Login, FastAPI-Users, Rails with Devise, and Latchkey.

For each of them: starts its server with as many workers as this machine has cores, logs in with the
real form, checks that the page opens with the cookie, not without it, and not with the cookie of an
ended session, and only then measures. Prints a table in Markdown; the progress goes to stderr.
"""

import argparse
import contextlib
import datetime
import html.parser
import http.client
import http.cookies
import importlib.metadata
import importlib.util
import json
import os
import platform
import secrets
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
VENVS = HERE / ".venv"
WORKERS = os.cpu_count() or 1
CONNECTIONS = 8
WARM_UP_SECONDS = 2
START_SECONDS = 60
STOP_SECONDS = 20
LOGGED_IN = {204, 302, 303}
LATCHKEY_CONFIGURATION = {"password": {"scheme": "bcrypt", "bcryptCost": 12}, "log": {"level": "error"}}
TICKS = os.sysconf("SC_CLK_TCK")

EXAMPLE = """\
example:
  Benchmarks/Peers/peers.py --latchkey .build/release/latchkey

exit codes:
  0   everything that was asked for is measured
  1   a server did not do what it should; the message names it, the others are measured
  64  the command line is wrong
  69  something is missing and only root may install it; the message has the command
"""


class PeerError(Exception):
    """A server did not do what it should, so that its numbers would mean nothing."""


class MissingError(Exception):
    """Something is not installed, and this user may not install it."""


@dataclass(frozen=True)
class Result:
    name: str
    versions: str
    page_bytes: int
    pages_per_second: float
    page_p50_ms: float
    page_p99_ms: float
    cpu_ms_per_page: float
    constant_per_second: float | None
    logins_per_second: float
    memory_mib: float


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# What is installed


def run(
    command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None, given: str | None = None
) -> str:
    """The output of a command. What it says on stderr goes to the terminal."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd, env=env, input=given)
    return done.stdout


def has_package(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout == "installed"


def need_packages(names: Sequence[str]) -> None:
    missing = [name for name in names if not has_package(name)]
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise MissingError(f"needs packages that only root can install: sudo {shlex.join(command)}")
    say(f"installs {' '.join(missing)}")
    run(["apt-get", "update"])
    run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def need_venv(folder: Path) -> Path:
    """The virtual environment of a peer, made again when Python or its requirements have changed."""
    venv = VENVS / folder.name
    wanted = f"# Python {platform.python_version()}\n" + (folder / "requirements.txt").read_text()
    made = venv / "made-from.txt"
    if not made.exists() or made.read_text() != wanted:
        if importlib.util.find_spec("ensurepip") is None:
            need_packages(["python3-venv"])
        say(f"installs the packages of {folder.name} in {venv}")
        run([sys.executable, "-m", "venv", "--clear", str(venv)])
        run([str(venv / "bin/pip"), "install", "--quiet", "--requirement", str(folder / "requirements.txt")])
        made.write_text(wanted)
    return venv


# The peers


@dataclass(frozen=True)
class Site:
    """Where a server runs, and with what."""

    folder: Path
    port: int
    secret: str
    password: str

    @property
    def database(self) -> Path:
        return self.folder / "peer.db"


class Peer:
    """One system. What it does to be installed, filled and started stands in its subclass."""

    name: str
    host = "127.0.0.1"
    account = "benchuser"
    constant: str | None = "/constant"
    ready = "/constant"

    def install(self) -> None:
        raise NotImplementedError

    def versions(self) -> str:
        raise NotImplementedError

    def prepare(self, site: Site) -> None:
        raise NotImplementedError

    def command(self, site: Site) -> list[str]:
        raise NotImplementedError

    def environment(self, site: Site) -> dict[str, str]:
        return {
            **os.environ,
            "PEER_DATABASE": str(site.database),
            "PEER_SECRET": site.secret,
            "PEER_ACCOUNT": self.account,
            "PEER_PASSWORD": site.password,
            "PEER_WORKERS": str(WORKERS),
            "PEER_PORT": str(site.port),
        }

    @property
    def working_folder(self) -> Path:
        return HERE

    def prepare_with(self, command: list[str], site: Site) -> None:
        """SQLite keeps the mode in the file, so every peer gets a file that is in WAL mode already."""
        with contextlib.closing(sqlite3.connect(site.database)) as database:
            database.execute("PRAGMA journal_mode = WAL")
        run(command, cwd=self.working_folder, env=self.environment(site))


class PythonPeer(Peer):
    def __init__(self, name: str, folder: str, packages: list[str], account: str = Peer.account) -> None:
        self.name = name
        self.folder = HERE / folder
        self.packages = packages
        self.account = account

    @property
    def working_folder(self) -> Path:
        return self.folder

    def program(self, name: str) -> str:
        return str(VENVS / self.folder.name / "bin" / name)

    def install(self) -> None:
        need_venv(self.folder)

    def versions(self) -> str:
        found = importlib.metadata.distributions(path=[str(path) for path in self.site_packages()])
        installed = {distribution.name.lower(): distribution for distribution in found}
        described = [f"{installed[name].name} {installed[name].version}" for name in self.packages]
        return ", ".join([*described, f"Python {platform.python_version()}"])

    def site_packages(self) -> Iterator[Path]:
        return (VENVS / self.folder.name / "lib").glob("python*/site-packages")

    def prepare(self, site: Site) -> None:
        self.prepare_with([self.program("python"), "prepare.py"], site)


class GunicornPeer(PythonPeer):
    def __init__(self, name: str, folder: str, packages: list[str], application: str) -> None:
        super().__init__(name, folder, [*packages, "gunicorn"])
        self.application = application

    def command(self, site: Site) -> list[str]:
        # A sync worker took less CPU for a page than gthread with 1 to 8 threads, and had a shorter p99.
        return [
            self.program("gunicorn"), "--bind", f"127.0.0.1:{site.port}", "--workers", str(WORKERS),
            "--worker-class", "sync", "--log-level", "error", self.application,
        ]


class UvicornPeer(PythonPeer):
    def command(self, site: Site) -> list[str]:
        return [
            self.program("uvicorn"), "--host", "127.0.0.1", "--port", str(site.port), "--workers", str(WORKERS),
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error", "app:app",
        ]


class RailsPeer(Peer):
    account = "benchuser@example.com"
    packages = ("puma", "ruby-actionmailer", "ruby-activerecord", "ruby-devise", "ruby-railties", "ruby-sqlite3")
    print_versions = (
        'puts "Rails #{Rails.version}, Devise #{Devise::VERSION}, Puma #{Puma::Const::VERSION}, Ruby #{RUBY_VERSION}"'
    )

    def __init__(self, name: str, ruby_options: str) -> None:
        self.name = name
        self.ruby_options = ruby_options

    @property
    def working_folder(self) -> Path:
        return HERE / "rails"

    def install(self) -> None:
        need_packages(self.packages)

    def environment(self, site: Site) -> dict[str, str]:
        return {**super().environment(site), "RAILS_ENV": "production", "RUBYOPT": self.ruby_options}

    def versions(self) -> str:
        loaded = ["-r", "rails/version", "-r", "devise/version", "-r", "puma/const"]
        return run(["ruby", *loaded, "-e", self.print_versions]).strip()

    def prepare(self, site: Site) -> None:
        self.prepare_with(["ruby", "prepare.rb"], site)

    def command(self, site: Site) -> list[str]:
        return ["puma", "--config", "config/puma.rb"]


class LatchkeyPeer(Peer):
    name = "Latchkey"
    host = "localhost"
    constant = None
    ready = "/health"

    def __init__(self, program: Path) -> None:
        self.program = str(program.resolve())

    def install(self) -> None:
        """It is there already: whoever runs this has built it."""

    def versions(self) -> str:
        return f"Latchkey {run([self.program, '--version']).strip()}"

    def environment(self, site: Site) -> dict[str, str]:
        # All logins of this measurement come from one address, which would have to wait otherwise.
        return {**os.environ, "LATCHKEY_THROTTLE": "off"}

    def prepare(self, site: Site) -> None:
        (site.folder / "latchkey.json").write_text(json.dumps(LATCHKEY_CONFIGURATION))
        add = [self.program, "user", "add", self.account, "--password", *self.options(site)]
        run(add, given=f"{site.password}\n")

    def options(self, site: Site) -> list[str]:
        return ["--database", str(site.database), "--config", str(site.folder / "latchkey.json")]

    def command(self, site: Site) -> list[str]:
        return [self.program, "serve", *self.options(site), "--port", str(site.port)]


PEERS: dict[str, Peer] = {
    "django": GunicornPeer("Django", "django", ["django"], "wsgi:application"),
    "flask": GunicornPeer("Flask-Login", "flask", ["flask", "flask-login", "flask-session"], "app:app"),
    "fastapi": UvicornPeer(
        "FastAPI-Users", "fastapi", ["fastapi", "fastapi-users", "uvicorn"], "benchuser@example.com"
    ),
    "rails": RailsPeer("Rails + Devise", ""),
    # Off by default in Debian's Ruby 3.1, where it is experimental; newer Rails turns it on.
    "rails-yjit": RailsPeer("Rails + Devise, YJIT", "--yjit"),
}


# The server as a process


@dataclass(frozen=True)
class Server:
    peer: Peer
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def failure(self, text: str) -> PeerError:
        said = self.log.read_text(errors="replace")[-2000:].strip()
        return PeerError(f"{self.peer.name}: {text}" + (f"\n{said}" if said else ""))

    def url(self, path: str) -> str:
        return f"http://{self.peer.host}:{self.port}{path}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listens(server: Server) -> bool:
    try:
        socket.create_connection((server.peer.host, server.port)).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_until_ready(server: Server) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise server.failure(f"ended at its start with status {server.process.returncode}")
        if listens(server) and Browser(server).get(server.peer.ready).status == 200:
            return
        time.sleep(0.1)
    raise server.failure(f"does not answer after {START_SECONDS} seconds")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in process_tree(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def serving(peer: Peer, site: Site) -> Iterator[Server]:
    log = site.folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            peer.command(site), cwd=peer.working_folder, env=peer.environment(site),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )
    try:
        server = Server(peer, process, site.port, log)
        wait_until_ready(server)
        yield server
    finally:
        stop(process)


def process_fields(pid: str) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on, or nothing when the process has ended meanwhile."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def process_tree(root: int) -> dict[str, list[str]]:
    """The server and its workers, by process id, with their fields."""
    found = {entry.name: process_fields(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    living = {pid: fields for pid, fields in found.items() if fields}
    tree = {str(root)}
    while added := {pid for pid, fields in living.items() if fields[1] in tree and pid not in tree}:
        tree |= added
    return {pid: living[pid] for pid in tree if pid in living}


def cpu_seconds(root: int) -> float:
    """Of the whole tree, with children that have ended: utime, stime, cutime and cstime."""
    return sum(sum(map(int, fields[11:15])) for fields in process_tree(root).values()) / TICKS


def memory_mib(root: int) -> float:
    """Pages that workers share count once, which is what PSS is for."""
    return sum(proportional_kib(pid) for pid in process_tree(root)) / 1024


def proportional_kib(pid: str) -> int:
    lines = Path("/proc", pid, "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


# The browser


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def redirect(self) -> str | None:
        """The path that it sends to."""
        location = self.headers.get("Location")
        return urllib.parse.urlsplit(location).path if location and 300 <= self.status < 400 else None


@dataclass
class Form:
    action: str
    fields: dict[str, str]
    text_field: str | None = None
    password_field: str | None = None


class FormParser(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append(Form(urllib.parse.urlsplit(values.get("action") or "").path, {}))
        elif tag == "input" and self.forms:
            self.add_input(self.forms[-1], values.get("name") or "", values)

    def add_input(self, form: Form, name: str, values: dict[str, str | None]) -> None:
        kind = values.get("type") or "text"
        if kind == "hidden":
            form.fields[name] = values.get("value") or ""
        elif kind == "password":
            form.password_field = name
        elif kind in ("text", "email"):
            form.text_field = name


class Browser:
    """Keeps its connection and its cookies, and says where a form comes from, as a browser does."""

    def __init__(self, server: Server, cookies: dict[str, str] | None = None) -> None:
        self.server = server
        self.connection = http.client.HTTPConnection(server.peer.host, server.port, timeout=60)
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> Answer:
        return self.ask("GET", path, None, {})

    def send(self, form: Form, values: dict[str, str]) -> Answer:
        origin = {"Origin": self.server.url("")}
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", form.action, urllib.parse.urlencode({**form.fields, **values}), origin | content)

    def ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers = {**headers, "Cookie": self.cookie_header()}
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise self.server.failure(f"{method} {path} got no answer: {error!r}") from error
        self.keep_cookies(answer.headers)
        return Answer(answer.status, answer.headers, text)

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def keep_cookies(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie", []):
            for name, cookie in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = cookie.value

    def form(self, path: str, action: str) -> Form:
        forms = FormParser(self.get(path).text).forms
        found = next((form for form in forms if form.action == action), None)
        if found is None:
            raise self.server.failure(f"{path} has no form for {action}")
        return found

    def log_in(self, password: str) -> None:
        form = self.form("/login", "/login")
        values = {str(form.text_field): self.server.peer.account, str(form.password_field): password}
        answer = self.send(form, values)
        if answer.status not in LOGGED_IN:
            raise self.server.failure(f"the login got status {answer.status}")


# Checking


def expect(server: Server, truth: bool, text: str) -> None:
    if not truth:
        raise server.failure(text)


def shows_page(answer: Answer, peer: Peer) -> bool:
    return answer.status == 200 and f"<h1>Protected Page for {peer.account}</h1>" in answer.text


def check(server: Server, site: Site) -> None:
    """Numbers of a page that opens for everybody, or for an ended session, would mean nothing."""
    browser = Browser(server)
    expect(server, browser.get("/protected").redirect == "/login", "/protected is open without a login")
    browser.log_in(site.password)
    expect(server, shows_page(browser.get("/protected"), server.peer), "/protected does not open after a login")
    kept = Browser(server, browser.cookies)
    browser.send(browser.form("/protected", "/logout"), {})
    expect(server, kept.get("/protected").redirect == "/login", "/protected is open after a logout")
    with contextlib.closing(sqlite3.connect(site.database)) as database:
        mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    expect(server, mode == "wal", f"its database is in mode {mode} instead of wal")


# Measuring


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    bytes: int
    refused: int
    socket_errors: int
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def load(server: Server, path: str, cookie: str | None, seconds: int) -> Load:
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(HERE / "wrk.lua")]
    headers = ["-H", f"Cookie: {cookie}"] if cookie else []
    output = run(["wrk", *options, *headers, server.url(path)])
    counted = Load(**json.loads(output.splitlines()[-1]))
    expect(server, counted.requests > 0, f"{path} was not answered once")
    expect(server, counted.refused == 0, f"{path} was refused {counted.refused} times")
    expect(server, counted.socket_errors == 0, f"{path} had {counted.socket_errors} broken connections")
    return counted


def load_page(server: Server, site: Site, seconds: int) -> tuple[Load, float, int]:
    """The load, the CPU milliseconds for each page, and the length of the page."""
    browser = Browser(server)
    browser.log_in(site.password)
    length = len(browser.get("/protected").text.encode())
    cookie = browser.cookie_header()
    kept = Browser(server, browser.cookies)  # the connection of the first one will be too old
    load(server, "/protected", cookie, WARM_UP_SECONDS)
    before = cpu_seconds(server.process.pid)
    counted = load(server, "/protected", cookie, seconds)
    used = cpu_seconds(server.process.pid) - before
    # wrk does not count a redirect to /login as refused, but its answer is much shorter than the page.
    expect(server, counted.bytes >= counted.requests * length, "/protected did not always send the page")
    expect(server, shows_page(kept.get("/protected"), server.peer), "/protected has closed under load")
    return counted, used * 1000 / counted.requests, length


def count_logins(server: Server, site: Site, end: float) -> int:
    """Each login is that of a fresh browser: it gets the form, and with it the token, and sends it."""
    browser = Browser(server)
    done = 0
    while time.monotonic() < end:
        browser.cookies.clear()
        browser.log_in(site.password)
        done += 1
    return done


def logins_per_second(server: Server, site: Site, seconds: int) -> float:
    start = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        tasks = [threads.submit(count_logins, server, site, start + seconds) for _ in range(CONNECTIONS)]
        done = sum(task.result() for task in tasks)
    # The last logins end after the time is up, so the real time counts.
    return done / (time.monotonic() - start)


def measure_server(server: Server, site: Site, seconds: int) -> Result:
    peer = server.peer
    check(server, site)
    pages, cpu, length = load_page(server, site, seconds)
    constant = load(server, peer.constant, None, seconds).per_second if peer.constant else None
    logins = logins_per_second(server, site, seconds)
    return Result(
        peer.name, peer.versions(), length, pages.per_second, pages.p50, pages.p99, cpu, constant, logins,
        memory_mib(server.process.pid),
    )


def measure(peer: Peer, seconds: int = 10) -> Result:
    """Installs, fills, starts, checks and measures one system, and stops it again."""
    need_packages(["wrk"])
    peer.install()
    with tempfile.TemporaryDirectory(prefix="latchkey-peers-") as folder:
        site = Site(Path(folder), free_port(), secrets.token_urlsafe(48), secrets.token_urlsafe(18))
        peer.prepare(site)
        with serving(peer, site) as server:
            say(f"measures {peer.name}")
            return measure_server(server, site, seconds)


# The report


@dataclass(frozen=True)
class Report:
    machine: dict[str, str]
    seconds: int
    results: list[Result]
    skipped: dict[str, str]
    failed: dict[str, str]

    @property
    def exit_code(self) -> int:
        if self.failed:
            return 1
        return 69 if self.skipped else 0


def machine() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": str(WORKERS),
        "os": platform.freedesktop_os_release()["PRETTY_NAME"],
        "date": datetime.date.today().isoformat(),
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def measure_all(peers: list[Peer], seconds: int) -> Report:
    report = Report(machine(), seconds, [], {}, {})
    for peer in peers:
        try:
            report.results.append(measure(peer, seconds))
        except MissingError as error:
            report.skipped[peer.name] = str(error)
            say(f"skips {peer.name}: {error}")
        except (PeerError, subprocess.CalledProcessError) as error:
            report.failed[peer.name] = str(error)
            say(f"failed: {error}")
    return report


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def result_row(result: Result, latchkey: Result | None) -> str:
    constant = f"{result.constant_per_second:.0f}" if result.constant_per_second else ""
    served = f"{latchkey.pages_per_second / result.pages_per_second:.1f}" if latchkey else ""
    spent = f"{result.cpu_ms_per_page / latchkey.cpu_ms_per_page:.1f}" if latchkey else ""
    return row([
        result.name, result.versions, str(result.page_bytes), f"{result.pages_per_second:.0f}",
        f"{result.page_p50_ms:.2f}", f"{result.page_p99_ms:.2f}", f"{result.cpu_ms_per_page:.3f}", constant,
        f"{result.logins_per_second:.1f}", f"{result.memory_mib:.0f}", served, spent,
    ])


def markdown(report: Report) -> str:
    heads = [
        "System", "Versions", "Page, bytes", "Pages/s", "p50, ms", "p99, ms", "CPU ms per page", "Constant/s",
        "Logins/s", "Memory, MiB", "Latchkey's pages ÷ its", "its CPU ÷ Latchkey's",
    ]
    facts = report.machine
    latchkey = next((result for result in report.results if result.name == LatchkeyPeer.name), None)
    lines = [
        f"{facts['cpu']}, {facts['cores']} cores, {facts['os']}, {facts['date']}.",
        f"Load average before: {facts['load_before']}. {CONNECTIONS} connections, {report.seconds} s for each number.",
        "", row(heads), row(["---", "---", *["---:"] * (len(heads) - 2)]),
        *[result_row(result, latchkey) for result in report.results],
    ]
    lines += [f"\nSkipped: {name} {reason}" for name, reason in report.skipped.items()]
    lines += [f"\nFailed: {name}" for name in report.failed]
    return "\n".join(lines)


# The command line


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        say(f"{self.prog}: {message}")
        sys.exit(64)


def program_file(text: str) -> Path:
    found = shutil.which(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not a program")
    return Path(found)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return int(text)


def arguments(words: list[str]) -> argparse.Namespace:
    parser = Parser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=positive, default=10, metavar="N", help="for each number (default 10)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), metavar="NAME",
                        help=f"of these peers: {', '.join(PEERS)}")
    parser.add_argument("--latchkey", type=program_file, metavar="PATH",
                        help="measure this release build of Latchkey too")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    asked = arguments(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server stays behind
    peers = [PEERS[name] for name in asked.only]
    if asked.latchkey:
        peers.insert(0, LatchkeyPeer(asked.latchkey))
    report = measure_all(peers, asked.seconds)
    print(json.dumps(asdict(report), indent=2) if asked.json else markdown(report))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
