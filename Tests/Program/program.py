"""The program `latchkey` as a process: its commands, and a server with everything that it writes."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from wire import Answer, Wire

PROJECT = Path(__file__).resolve().parents[2]
SAFETY_SECONDS = 60
# What the machine has in LATCHKEY_… must not reach the program under test.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("LATCHKEY_")}
PASSWORD = "correct horse battery staple"
# The cheapest hash there is: these tests are not about hashing.
CHEAP = {"password": {"scheme": "bcrypt", "bcryptCost": 4}}


def binary() -> str:
    if "LATCHKEY_BINARY" in os.environ:
        return os.environ["LATCHKEY_BINARY"]
    folder = subprocess.run(
        ["swift", "build", "--show-bin-path"],
        cwd=PROJECT, check=True, text=True, stdout=subprocess.PIPE,
    ).stdout.strip()
    return f"{folder}/latchkey"


def command(*arguments, stdin: str | bytes = b"", cwd=None, timeout=SAFETY_SECONDS, **environment):
    """Runs one command to its end. Its output comes as bytes: a test may ask for the exact ones."""
    return subprocess.run(
        [binary(), *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True, timeout=timeout, cwd=cwd, env=ENVIRONMENT | environment)


def assert_one_line(done: subprocess.CompletedProcess, status: int = 1, *parts: str) -> str:
    """The command failed as it should: nothing on standard output, one clear line on standard error."""
    text = done.stderr.decode()
    assert done.returncode == status, (done.returncode, done.stdout, text[:2000])
    assert done.stdout == b"", done.stdout
    assert text.startswith("Error: ") and text.count("\n") == 1 and text.endswith("\n"), text[:2000]
    for noise in ("NSCocoaError", "NSUnderlyingError", "Fatal error", "Thread 0", "errno:", "LatchkeyCore."):
        assert noise not in text, text
    for part in parts:
        assert part in text, text
    return text


class Database:
    """One database file, and the commands on it."""

    def __init__(self, folder: Path, name: str = "latchkey.db"):
        self.folder = folder
        self.file = folder / name

    def command(self, *arguments, stdin: str | bytes = b"", **options):
        return command(
            *arguments, "--database", self.file, stdin=stdin, cwd=self.folder, **options)

    def ok(self, *arguments, stdin: str | bytes = b"", **options) -> str:
        done = self.command(*arguments, stdin=stdin, **options)
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return done.stdout.decode()

    def json(self, *arguments):
        return json.loads(self.ok(*arguments, "--json"))

    def add(self, name: str, password: str = PASSWORD) -> None:
        self.ok("user", "add", name, "--password", stdin=password + "\n", LATCHKEY_PASSWORD_SCHEME="bcrypt",
                LATCHKEY_PASSWORD_BCRYPT_COST="4")


class Server(Database):
    """`latchkey serve` on a free port. `log` is what it has written to standard error."""

    def __init__(self, folder: Path, *arguments, settings: dict | None = CHEAP,
                 database: str = "latchkey.db", throttled: bool = False, **environment):
        super().__init__(folder, database)
        self.arguments = list(map(str, arguments))
        self.environment = environment
        # Tests share a server and get passwords wrong more often than people do. Off is possible only
        # where nobody else can come in.
        if not throttled and not {"--origin", "--hostname"} & set(self.arguments):
            self.environment = {"LATCHKEY_THROTTLE": "off"} | self.environment
        self.log_file = folder / f"{database}-{id(self)}.log"
        if settings is not None:
            settings_file = folder / f"{database}.json"
            settings_file.write_text(json.dumps(settings))
            self.arguments += ["--config", str(settings_file)]
        if "--port" not in self.arguments:
            self.arguments += ["--port", "0"]

    def start(self) -> "Server":
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [binary(), "serve", "--database", str(self.file), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                cwd=self.folder, env=ENVIRONMENT | self.environment)
        watchdog = threading.Timer(SAFETY_SECONDS, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline().decode()
        watchdog.cancel()
        found = re.fullmatch(r"Latchkey listens on (http://\S+?:(\d+))(?: for (\S+))? \(database .+\)", line.strip())
        if not found:
            self.kill()
            raise AssertionError(f"not the start-up line: {line!r}; {self.log[-2000:]}")
        self.address, self.port = found[1], int(found[2])
        # What browsers see: a proxy's address, if there is one.
        self.origin = found[3] or self.address
        return self

    @property
    def log(self) -> str:
        return self.log_file.read_bytes().decode(errors="replace")

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        status = self.process.wait(timeout=SAFETY_SECONDS)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.signal()
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("still running long after SIGTERM") from None
        assert status == 0, (status, self.log[-2000:])

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, failed, *_) -> None:
        self.kill() if failed else self.stop()

    # --- Requests

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def wire(self) -> Wire:
        return Wire(self.port)

    def request(self, method: str, path: str | bytes, headers=(), body: bytes = b"") -> Answer:
        """One request on a connection of its own. `headers`: pairs, sent as they are."""
        with self.wire() as wire:
            wire.send_request(method, path, [("Host", self.host), *headers], body)
            return wire.answer(head=method == "HEAD")

    def get(self, path: str | bytes, cookie: str = "", *headers) -> Answer:
        return self.request("GET", path, [*([("Cookie", cookie)] if cookie else []), *headers])

    def post(self, path: str, body: bytes | dict, cookie: str = "",
             content_type: str | None = "application/x-www-form-urlencoded",
             headers=(), origin: str | None = "") -> Answer:
        """`origin`: None for no such header; otherwise the server's own, unless given."""
        from urllib.parse import urlencode
        fields = list(headers)
        if origin is not None:
            fields.append(("Origin", origin or self.origin))
        if content_type is not None:
            fields.append(("Content-Type", content_type))
        if cookie:
            fields.append(("Cookie", cookie))
        if isinstance(body, dict):
            body = urlencode(body).encode()
        return self.request("POST", path, fields, body)

    def log_in(self, name: str, password: str = PASSWORD, cookie: str = "", **more) -> str:
        """Returns the cookie, as a browser would send it."""
        answer = self.post("/login", {"username": name, "password": password, **more}, cookie)
        assert answer.status == 303, (answer.status, answer.text)
        return answer.cookie()

    def may_enter(self, cookie: str) -> bool:
        answer = self.get("/protected", cookie)
        assert answer.status in (200, 303), answer.status
        assert ("Protected Page for" in answer.text) == (answer.status == 200)
        return answer.status == 200

    def assert_alive(self) -> None:
        assert self.process.poll() is None, self.log[-3000:]
        assert self.get("/health").status == 200


def eventually(condition, seconds: float = 30) -> None:
    """Asks until it holds, for what another process does in its own time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.01)
