#!/usr/bin/env python3
"""Usage: script/bench [PART…] [--seconds N] [--minutes N] [--accounts N] [--sessions N] [--json]

Measures the whole program over loopback, each figure as a ratio to something that is measured in the same run, and
prints it with its goal. Parts:

  pages         a protected page, against a constant string from the same Hummingbird
  logins        logins per second, against what the processors can hash
  storm         p99 of a page while logins take the processors, against idle
  scale         1 thousand accounts against 1 million and 10 million sessions, SQLite and PostgreSQL; a purge
  live          10,000 open pages: memory, and a revocation of all
  memory        idle, after a mixed load (--minutes 60 for the hour), and the time to start
  instructions  for a page, against Benchmarks/budget.json

  budget        no measurement: writes Benchmarks/budget.json anew

Without parts all of them run, which takes about three quarters of an hour: filling the large databases is most of it
(--accounts 20000 --sessions 100000 makes that four minutes).

Example: script/bench pages logins --seconds 5

Exit codes: 0 measured; 1 a part failed; 2 a goal was not met; 64 the command line is wrong.
"""

import json
import os
import platform
import sys
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import instructions
import live_pages
import logins
import memory
import pages
import scale
from measuring import ROOT, Row, say

PARTS = ("pages", "logins", "storm", "scale", "live", "memory", "instructions")
NUMBERS = {"--seconds": 8, "--minutes": 5, "--accounts": 1_000_000, "--sessions": 10_000_000}


def parts(tools, number: dict[str, int]) -> dict:
    seconds = number["--seconds"]
    return {
        "pages": lambda: pages.measure(tools, seconds),
        "logins": lambda: logins.measure(tools, seconds),
        "storm": lambda: logins.storm(tools, seconds),
        "scale": lambda: with_postgres(
            lambda: scale.measure(tools, seconds, number["--accounts"], number["--sessions"])),
        "live": lambda: live_pages.measure(tools),
        "memory": lambda: memory.measure(tools, number["--minutes"]),
        "instructions": lambda: instructions.measure(tools),
    }


def with_postgres(measured):
    """With the program that knows PostgreSQL. The other parts measure the one that most people have."""
    usual = os.environ["LATCHKEY_BINARY"]
    os.environ["LATCHKEY_BINARY"] = os.environ.get("LATCHKEY_POSTGRES_BINARY", usual)
    try:
        return measured()
    finally:
        os.environ["LATCHKEY_BINARY"] = usual


def hummingbird() -> str:
    """Its version, which must be the same on both sides: the packages are resolved apart. (That in Benchmarks not before a
    part is asked for that needs it.)"""
    files = [folder / "Package.resolved" for folder in (ROOT, ROOT / "Benchmarks")]
    found = {
        pin["state"]["version"] for file in files if file.exists()
        for pin in json.loads(file.read_text())["pins"] if pin["identity"] == "hummingbird"}
    if len(found) != 1:
        raise SystemExit(f"Hummingbird is measured against another version of itself: {', '.join(sorted(found))}. Run swift "
                         "package update in both packages.")
    return found.pop()


def machine() -> str:
    model = next(line.split(": ")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line)
    return f"{date.today()}, {os.cpu_count()} processors ({model}), {platform.platform()}, Hummingbird {hummingbird()}"


def shown(row: Row) -> str:
    goal = "" if row.goal is None else f"  goal {'≥' if row.at_least else '≤'} {row.goal:g}"
    mark = {True: "met", False: "NOT MET", None: ""}[row.is_met]
    details = "; ".join(f"{name} {value}" for name, value in row.details.items())
    return f"{row.part}. {row.what}:\n   {row.value:.3f} {row.unit}{goal}  {mark}\n   ({details})"


def main() -> int:
    arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        print(__doc__.strip())
        return 0
    as_json = "--json" in arguments
    arguments = [one for one in arguments if one != "--json"]
    number, asked = dict(NUMBERS), []
    built = Path(os.environ["LATCHKEY_BENCHMARKS"])
    tools = SimpleNamespace(
        constant=built / "ConstantPage", protected=built / "ProtectedPage", hash_rate=built / "HashRate")
    try:
        while arguments:
            word = arguments.pop(0)
            if word in NUMBERS:
                number[word] = int(arguments.pop(0))
                if number[word] < 1:
                    raise ValueError
            elif word in PARTS or word == "budget":
                asked.append(word)
            else:
                raise ValueError
    except (ValueError, IndexError):
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 64
    if "budget" in asked:
        instructions.write_budget()
        return 0
    measures, where = parts(tools, number), machine()
    rows: list[Row] = []
    failed = []
    for name in asked or PARTS:
        say(f"--- {name}")
        start = time.monotonic()
        try:
            rows += measures[name]()
        except Exception as error:
            # Whatever it is, the other parts still say something.
            say(f"{name} failed: {type(error).__name__}: {error}")
            failed.append(name)
        say(f"--- {name}: {time.monotonic() - start:.0f} s")
    if as_json:
        print(json.dumps({"machine": where, "rows": [asdict(row) | {"met": row.is_met} for row in rows]}, indent=2))
    else:
        print(where)
        for row in rows:
            print(shown(row))
    if failed:
        return 1
    return 0 if all(row.is_met is not False for row in rows) else 2


sys.exit(main())
