"""Tells which security clauses a test shows, and writes down that it passed.

    @pytest.mark.clause("ASVS 3.4.1", "NIST W2")

With LATCHKEY_EVIDENCE naming a folder, a run writes `clause<TAB>suite<TAB>test` to a file of its
own there, for `script/ledger`. Only what the test really shows is marked: the ledger believes it.
"""

import os
import re
from pathlib import Path

import pytest

CLAUSE = re.compile(r"ASVS \d+\.\d+\.\d+|NIST [A-Z]\d+")
PROJECT = Path(__file__).resolve().parents[2]


def pytest_configure(config):
    if folder := os.environ.get("LATCHKEY_EVIDENCE"):
        # pytest-xdist runs the files of a suite in several processes.
        worker = getattr(config, "workerinput", {}).get("workerid", "")
        name = config.rootpath.name.lower()
        # What an earlier run wrote says nothing about this one, also if this one does not come to its end.
        for old in [] if worker else Path(folder).glob(f"{name}*.tsv"):
            old.unlink()
        config.pluginmanager.register(Evidence(Path(folder) / f"{name}{worker}.tsv"))


def pytest_collection_modifyitems(items):
    for item in items:
        for name in clauses_of(item):
            if not isinstance(name, str) or not CLAUSE.fullmatch(name):
                raise pytest.UsageError(f"{item.nodeid}: {name!r} is not a clause, such as “ASVS 6.2.1” or “NIST P12”")


def clauses_of(item) -> set[str]:
    return {name for mark in item.iter_markers("clause") for name in mark.args}


class Evidence:
    """Written at the end, because a test with parameters speaks only when it passed with each."""

    def __init__(self, file: Path):
        self.file = file
        self.passed: set[tuple[str, str, str]] = set()
        self.failed: set[tuple[str, str]] = set()
        file.parent.mkdir(parents=True, exist_ok=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        report = yield
        suite, test = item.path.relative_to(PROJECT).as_posix(), item.originalname
        # Setup and teardown count: fixtures check, too.
        if report.failed:
            self.failed.add((suite, test))
        elif report.when == "call" and report.passed:
            self.passed |= {(name, suite, test) for name in clauses_of(item)}
        return report

    def pytest_sessionfinish(self):
        lines = sorted("\t".join(entry) for entry in self.passed if entry[1:] not in self.failed)
        self.file.write_text("".join(f"{line}\n" for line in lines))
