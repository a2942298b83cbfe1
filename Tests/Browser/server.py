"""A real `latchkey serve` for the tests, and the same program's other commands."""

import http.client
import os
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = STOP_SECONDS = 30
# What the machine has in LATCHKEY_… must not reach the server under test.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("LATCHKEY_")}


def binary() -> str:
    if "LATCHKEY_BINARY" in os.environ:
        return os.environ["LATCHKEY_BINARY"]
    folder = subprocess.run(
        ["swift", "build", "--show-bin-path"],
        cwd=PROJECT, check=True, text=True, stdout=subprocess.PIPE,
    ).stdout.strip()
    return f"{folder}/latchkey"


class Server:
    def __init__(self, folder: Path):
        self.folder = folder
        self.database = folder / "latchkey.db"
        self.url = ""

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        """Runs another command of the program on the same database."""
        return subprocess.run(
            [binary(), *arguments, "--database", str(self.database)],
            input=stdin, text=True, capture_output=True, timeout=60,
            cwd=self.folder, env=ENVIRONMENT,
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [binary(), "serve", "--hostname", "127.0.0.1", "--port", "0",
             "--database", str(self.database)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            cwd=self.folder, env=ENVIRONMENT,
        )
        # Read to the end in a thread: a full pipe would stop the server.
        lines: queue.Queue = queue.Queue()

        def read():
            for line in self.process.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        seen = []
        while True:
            try:
                line = lines.get(timeout=START_SECONDS)
            except queue.Empty:
                self.process.kill()
                raise AssertionError(f"no start line within {START_SECONDS} s; seen: {seen}") from None
            if line is None:
                raise AssertionError(f"latchkey ended at its start: {self.process.wait()}; seen: {seen}")
            seen.append(line)
            if match := re.search(r"Latchkey listens on (http://localhost:\d+) \(database .+\)", line):
                self.url = match[1]
                return

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM") from None
        assert status == 0, f"ended with {status} after SIGTERM"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """One plain request, without a browser: no redirect followed, nothing kept."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.url.rsplit(":", 1)[1]), timeout=10)
        try:
            connection.request("GET", path, headers={"Host": self.url.removeprefix("http://"), **headers})
            response = connection.getresponse()
            body = response.read().decode()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, body
        finally:
            connection.close()
