"""What the parts of script/bench share: servers as processes, wrk, processor time and memory."""

import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Program"))
import program  # noqa: E402
from program import PASSWORD, Server  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    """Progress: what is measured is on standard output alone."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Row:
    """One line of the result: what was measured, against what, and how far it may be off."""

    part: int
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = True
    details: dict = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


class Plain:
    """A server that says `… listens on http://localhost:PORT` and needs nothing else."""

    def __init__(self, *command, environment: dict | None = None):
        self.process = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=program.ENVIRONMENT | (environment or {}))
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+?:(\d+)", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"{command[0]} did not start: {line!r}")
        self.port = int(found[1])

    def __enter__(self) -> "Plain":
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdout.close()


# --- Processor time and memory of a process

def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid: int, kind: str = "Rss") -> int:
    """All that is in memory; or only what is nobody else's file (Anonymous), or with its share of what several processes
    have (Pss)."""
    found = re.search(rf"^{kind}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024


# --- wrk

@dataclass
class Load:
    """What one run of wrk has seen."""

    requests: int
    per_second: float
    median: float
    p99: float
    longest: float
    """The last three in milliseconds."""
    milliseconds_of_processor: float | None = None
    """Of the server, for each request."""


UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


def wrk(port: int, path: str, cookie: str = "", *, seconds: float, connections: int = 32, pid: int | None = None,
        script: str | None = None) -> Load:
    """Fails when any answer was none or an error. A redirect is neither to wrk, so the cookie is tried before and
    after."""
    if cookie:
        must_enter(port, path, cookie)
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if cookie:
        options += ["-H", f"Cookie: {cookie}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            options += ["-s", file.name]
        before = processor_seconds(pid) if pid else 0
        text = subprocess.run(
            ["wrk", *options, f"http://localhost:{port}{path}"], check=True, text=True, capture_output=True).stdout
        spent = processor_seconds(pid) - before if pid else 0
    if cookie:
        must_enter(port, path, cookie)
    if wrong := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", text):
        raise RuntimeError(f"{path} on {port}: {wrong[0]}")

    def milliseconds(pattern: str) -> float:
        value, unit = re.search(pattern, text).groups()
        return float(value) * UNITS[unit]

    requests = int(re.search(r"(\d+) requests in", text)[1])
    return Load(
        requests=requests, per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        median=milliseconds(r"50%\s+([\d.]+)(us|ms|s|m)\n"), p99=milliseconds(r"99%\s+([\d.]+)(us|ms|s|m)\n"),
        longest=milliseconds(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s|m)\s"),
        milliseconds_of_processor=spent * 1000 / requests if pid else None)


def must_enter(port: int, path: str, cookie: str) -> bytes:
    """What the page is for this session."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} on {port} answered {answer.status}")
    return body


def median_of(loads: list[Load], name: str) -> float:
    return statistics.median(getattr(load, name) for load in loads)
