"""1. A protected page with a live session, against a constant string from the same Hummingbird."""

import statistics
import tempfile
from pathlib import Path

from measuring import Load, Plain, Row, Server, median_of, must_enter, say, wrk

GOAL = 0.90


def measure(tools, seconds: int, rounds: int = 5) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with Server(folder, LATCHKEY_LOG_LEVEL="error") as ready:
            ready.add("alice")
            cookie = ready.log_in("alice")
            page = must_enter(ready.port, "/protected", cookie)
            (folder / "page.html").write_bytes(page)
            # The same database: the same session is live in both.
            with Plain(tools.constant, 0, folder / "page.html") as constant, \
                    Plain(tools.protected, 0, ready.file) as small:
                measured = alternate({
                    "constant": (constant, "/constant"), "text": (small, "/protected"),
                    "same page": (constant, "/page"), "page": (ready, "/protected")}, cookie, seconds, rounds)
    return [
        row(measured, "text", "constant", "the smallest protected page, a text, against a constant text", GOAL),
        row(measured, "page", "same page",
            f"a protected page of {len(page)} bytes, rendered, against the same bytes as a constant", GOAL),
    ]


def alternate(targets: dict, cookie: str, seconds: int, rounds: int) -> dict[str, list[Load]]:
    """The same request to each, by turns, so that a machine that is slower for a while is so for all of them."""
    measured: dict[str, list[Load]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, (server, path) in targets.items():
            load = wrk(server.port, path, cookie, seconds=seconds, pid=server.process.pid)
            # The first round only warms up.
            if number > 0:
                measured[name].append(load)
        say(f"pages: round {number} of {rounds}: " + ", ".join(
            f"{name} {loads[-1].per_second:.0f}/s" for name, loads in measured.items() if loads))
    return measured


def row(measured: dict[str, list[Load]], ours: str, theirs: str, what: str, goal: float) -> Row:
    rate, reference = (median_of(measured[name], "per_second") for name in (ours, theirs))
    ratios = [one.per_second / other.per_second for one, other in zip(measured[ours], measured[theirs], strict=True)]
    return Row(1, what, statistics.median(ratios), "of its requests per second", goal, details={
        "from": round(min(ratios), 3), "to": round(max(ratios), 3),
        "requests per second": round(rate), "constant": round(reference),
        "milliseconds of processor for each": round(median_of(measured[ours], "milliseconds_of_processor"), 4),
        "constant's": round(median_of(measured[theirs], "milliseconds_of_processor"), 4)})
