"""2. Logins per second, against what the processors can hash.

3. A protected page while logins take all of the processor."""

import http.client
import math
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from filling import SQLiteFilling
from measuring import PASSWORD, Plain, Row, Server, say

SCHEMES = {
    "argon2id": {"scheme": "argon2id"},
    "bcrypt, cost 12": {"scheme": "bcrypt", "bcryptCost": 12},
}
# More than there are lanes, and no more than may wait.
CLIENTS = 16
PEOPLE = 200


def settings(scheme: str) -> dict:
    return {"password": SCHEMES[scheme], "log": {"level": "error"}}


class Logins:
    """Clients that log in one after the other, all the time: wrk, so that they take little from the server."""

    def __init__(self, server: Server, seconds: float, clients: int = CLIENTS):
        self.seconds = seconds
        self.script = tempfile.NamedTemporaryFile("w", suffix=".lua")
        self.script.write(f"""
            request = function()
              return wrk.format("POST", "/login", {{["Content-Type"] = "application/x-www-form-urlencoded",
                ["Origin"] = "{server.origin}"}},
                "username=person" .. math.random({PEOPLE - 1}) .. "&{urlencode({"password": PASSWORD})}")
            end""")
        self.script.flush()
        self.process = subprocess.Popen(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", self.script.name,
             f"http://localhost:{server.port}/login"], text=True, stdout=subprocess.PIPE)

    def per_second(self) -> float:
        """Waits for the end."""
        text = self.process.communicate()[0]
        self.script.close()
        if wrong := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", text):
            raise RuntimeError(f"logins: {wrong[0]}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


class Ceiling:
    """How many passwords of this scheme the processors hash when they do nothing else: one process for each
    processor, each hashing one after the other, all at once, as the lanes do."""

    def __init__(self, tools, scheme: str):
        self.command = [str(tools.hash_rate), *(str(part) for part in SCHEMES[scheme].values())]

    def start(self, seconds: float, *before: str) -> list[subprocess.Popen]:
        return [
            subprocess.Popen([*before, *self.command, str(seconds)], stdout=subprocess.PIPE, text=True)
            for _ in range(os.cpu_count() or 1)]

    def per_second(self, seconds: float) -> float:
        return sum(float(process.communicate()[0]) for process in self.start(seconds))


def measure(tools, seconds: int, rounds: int = 3) -> list[Row]:
    rows = []
    for scheme in SCHEMES:
        ratios, rates, ceilings = [], [], []
        with tempfile.TemporaryDirectory(prefix="bench-") as name, \
                Server(Path(name), settings=settings(scheme), throttled=True) as server:
            add_people(server, scheme)
            ceiling = Ceiling(tools, scheme)
            for number in range(rounds):
                # Before and after, since the machine may be slower for a while.
                before = ceiling.per_second(seconds)
                rates.append(Logins(server, 2 * seconds).per_second())
                ceilings.append((before + ceiling.per_second(seconds)) / 2)
                ratios.append(rates[-1] / ceilings[-1])
                say(f"logins: {scheme}: {rates[-1]:.1f}/s of {ceilings[-1]:.1f}/s")
        rows.append(Row(
            2, f"logins with {scheme}, against processors ÷ time of one hash", statistics.median(ratios),
            "of what can be hashed", 0.95, details={
                "logins per second": round(statistics.median(rates), 1),
                "hashes per second": round(statistics.median(ceilings), 1)}))
    return rows


def add_people(server: Server, scheme: str) -> None:
    """With one password, so that one hash has to be made."""
    server.ok("user", "add", "known", "--password", stdin=PASSWORD + "\n", **environment(scheme))
    filling = SQLiteFilling(server.file)
    filling.add_accounts(PEOPLE)
    filling.close()


def environment(scheme: str) -> dict[str, str]:
    chosen = SCHEMES[scheme]
    added = {"LATCHKEY_PASSWORD_SCHEME": chosen["scheme"]}
    if "bcryptCost" in chosen:
        added["LATCHKEY_PASSWORD_BCRYPT_COST"] = str(chosen["bcryptCost"])
    return added


# --- 3

def storm(tools, seconds: int, rounds: int = 3) -> list[Row]:
    rows = []
    for scheme in SCHEMES:
        found = {which: [] for which in ("idle", "busy", "constant, idle", "constant, busy")}
        rates = []
        with tempfile.TemporaryDirectory(prefix="bench-") as name, \
                Server(Path(name), settings=settings(scheme), throttled=True) as server, \
                Plain(tools.constant, 0) as constant:
            add_people(server, scheme)
            cookie = server.log_in("known")
            latencies(server.port, "/protected", cookie, seconds)
            latencies(constant.port, "/constant", "", seconds)
            for number in range(rounds):
                found["idle"] += latencies(server.port, "/protected", cookie, seconds)
                found["constant, idle"] += latencies(constant.port, "/constant", "", seconds)
                logins = Logins(server, seconds + 4)
                time.sleep(2)
                found["busy"] += latencies(server.port, "/protected", cookie, seconds)
                rates.append(logins.per_second())
                found["constant, busy"] += beside_hashes(tools, scheme, constant.port, seconds)
                say(f"storm: {scheme}: round {number + 1} of {rounds}")
        for waits in found.values():
            waits.sort()
        ratio, constant_ratio = (
            quantile(found[f"{what}busy"], 0.99) / quantile(found[f"{what}idle"], 0.99) for what in ("", "constant, "))
        rows.append(Row(
            3, f"p99 of a protected page while {scheme} logins take the processors, against idle",
            ratio, "times", 3, at_least=False, details={
                "logins meanwhile, per second": round(statistics.median(rates), 1),
                "the same of a constant string of Hummingbird, beside as many hashes of other processes":
                    round(constant_ratio, 2),
                **{f"{which}, ms: median, 99 %, longest": spread(waits) for which, waits in found.items()}}))
    return rows


def beside_hashes(tools, scheme: str, port: int, seconds: float) -> list[float]:
    """What the kernel makes of a page that is no page, when hashes at the lanes' priority take the processors: no
    program can be better than that."""
    hashes = Ceiling(tools, scheme).start(seconds + 4, "nice", "-n", "10")
    time.sleep(2)
    found = latencies(port, "/constant", "", seconds)
    for process in hashes:
        process.communicate()
    return found


def latencies(port: int, path: str, cookie: str, seconds: float) -> list[float]:
    """Of a page that is asked for two hundred times a second, in milliseconds, sorted: a visitor, and no load of its
    own. Who comes too late because the one before had to wait has waited as well."""
    connection = http.client.HTTPConnection("localhost", port)
    connection.connect()
    found = []
    next_moment = time.perf_counter()
    end = next_moment + seconds
    while next_moment < end:
        early = next_moment - time.perf_counter()
        if early > 0:
            time.sleep(early)
        start = time.perf_counter() if early > 0 else next_moment
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        found.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        next_moment += 0.005
    connection.close()
    return sorted(found)


def quantile(ascending: list[float], part: float) -> float:
    return ascending[min(len(ascending) - 1, math.ceil(len(ascending) * part) - 1)]


def spread(ascending: list[float]) -> str:
    return f"{quantile(ascending, 0.5):.2f}, {quantile(ascending, 0.99):.2f}, {ascending[-1]:.2f}"
