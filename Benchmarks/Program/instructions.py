"""7. Instructions for a protected page, counted by valgrind's callgrind: the same whatever else the machine does.

The budget is what it was when somebody last looked at it, and by which functions. A rise of more than a twentieth fails,
with those that grew. `script/bench budget` writes it anew."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from measuring import PASSWORD, ROOT, Row, Server, program, say

BUDGET = ROOT / "Benchmarks" / "budget.json"
TOLERANCE = 1.05
REQUESTS = 500
# Below that a function is noise.
SMALLEST = 100
PATHS = {"a protected page": "/protected", "the login form": "/login"}


def measure(tools) -> list[Row]:
    budget = json.loads(BUDGET.read_text())
    rows = []
    for what, found in count().items():
        allowed = budget[what]
        rows.append(Row(
            7, f"instructions for {what}, against the budget", found["all"] / allowed["all"], "times", TOLERANCE,
            at_least=False, details={
                "instructions": found["all"], "budget": allowed["all"],
                **({"grown": grown(found, allowed)} if found["all"] > allowed["all"] * TOLERANCE else {}),
                # A budget that is too wide hides the next rise.
                **({"advice": "script/bench budget, to keep it"} if found["all"] * TOLERANCE < allowed["all"] else {})}))
    return rows


def grown(found: dict, allowed: dict) -> str:
    """The functions that have taken most of the rise."""
    rises = {name: found["by function"].get(name, 0) - allowed["by function"].get(name, 0)
             for name in found["by function"].keys() | allowed["by function"].keys()}
    worst = sorted(rises, key=rises.__getitem__, reverse=True)[:5]
    return "; ".join(f"{name} +{rises[name]}" for name in worst if rises[name] > 0)


def write_budget() -> None:
    BUDGET.write_text(json.dumps(count(), indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    say(f"wrote {BUDGET}")


def count() -> dict[str, dict]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        # valgrind does not read this compiler's debugging information, and needs none.
        binary = folder / "latchkey"
        shutil.copy(program.binary(), binary)
        subprocess.run(["strip", "--strip-debug", str(binary)], check=True)
        with Server(folder, database="counted.db") as server:
            server.ok("user", "add", "alice", "--password", stdin=PASSWORD + "\n")
        return {what: counted(binary, server.file, path, folder) for what, path in PATHS.items()}


def counted(binary: Path, database: Path, path: str, folder: Path) -> dict:
    say(f"instructions: {path}")
    profile = folder / "profile"
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={profile}", str(binary), "serve",
         "--database", str(database), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=program.ENVIRONMENT | {"LATCHKEY_LOG_LEVEL": "error", "LATCHKEY_THROTTLE": "off"})
    port = int(re.search(r"http://\S+?:(\d+)", process.stdout.readline())[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def log_in() -> str:
        # Also the first commit: before it, nothing is remembered of sessions.
        connection.request("POST", "/login", urlencode({"username": "alice", "password": PASSWORD}), {
            "Origin": f"http://localhost:{port}", "Host": f"localhost:{port}",
            "Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        return answer.headers["Set-Cookie"].partition(";")[0]

    def ask(times: int) -> None:
        for _ in range(times):
            connection.request("GET", path, headers={} if path == "/login" else {"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")

    def counting(switch: str) -> None:
        subprocess.run(["callgrind_control", "-i", switch, str(process.pid)], check=True, capture_output=True)

    try:
        cookie = log_in()
        # What is made once, such as types and the shell of a page.
        ask(100)
        counting("on")
        ask(REQUESTS)
        counting("off")
    finally:
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
        process.stdout.close()
    return by_function(profile)


def by_function(profile: Path) -> dict:
    text = profile.read_text()
    every = int(re.search(r"^totals: (\d+)", text, re.MULTILINE)[1]) // REQUESTS
    listed = subprocess.run(
        ["callgrind_annotate", "--threshold=100", str(profile)], check=True, text=True, capture_output=True).stdout
    listed = subprocess.run(
        ["swift", "demangle", "--simplified"], input=listed, check=True, text=True, capture_output=True).stdout
    functions: dict[str, int] = {}
    for number, name in re.findall(r"^ *([\d,]+) \([ \d.]+%\)  \S*?:(.+?)(?:'\d+)?(?: \[.*)?$", listed, re.MULTILINE):
        functions[name] = functions.get(name, 0) + int(number.replace(",", ""))
    return {"all": every, "by function": {
        name: number // REQUESTS for name, number in functions.items() if number // REQUESTS >= SMALLEST}}
