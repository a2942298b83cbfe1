"""`script/ledger` on made-up clauses, the evidence that tests write, and `script/sbom`."""

import json
import subprocess
import sys

import pytest

from program import ENVIRONMENT, PROJECT

CLAUSES = """
title = "V6 Authentication"
standard = "ASVS"

[clause."6.2.1"]
level = 1
asks = "At least 8 characters"

[clause."6.2.9"]
level = 2
asks = "64 characters | and more"
how = "At most 256."

[clause."6.1.1"]
level = 1
asks = "Throttles are documented"
document = "docs/policies.md#How guessing is slowed"

[clause."12.1.1"]
level = 1
asks = "New TLS"
not_ours = "The proxy's."

[clause."6.3.3"]
level = 2
asks = "A second factor"
open = "There is none yet."

[cannot_apply]
"6.6.1 6.6.4" = "No telephone."
"""
NIST = """
title = "NIST passwords"
standard = "NIST"

[clause.P12]
force = "S"
asks = "A blocklist"
"""
EVIDENCE = {
    "swift.tsv": "ASVS 6.2.1\tRegisterTests\tseven characters are too short\n",
    "program.tsv": "ASVS 6.2.1\tTests/Program/test_a.py\ttest_a_short_password_is_refused\n"
                   "ASVS 6.2.9\tTests/Program/test_a.py\ttest_long_ones_are_welcome\n"
                   "NIST P12\tTests/Program/test_a.py\ttest_a_common_one_is_refused\n",
}


class Ledger:
    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "docs/security/ledger.md"
        self.clauses = folder / "docs/security/clauses"
        self.evidence = folder / "evidence"
        self.clauses.mkdir(parents=True)
        self.evidence.mkdir()
        (self.clauses / "v06.toml").write_text(CLAUSES)
        (self.clauses / "nist.toml").write_text(NIST)
        (folder / "docs/policies.md").write_text("# Policies\n\n## How guessing is slowed\n")
        for name, text in EVIDENCE.items():
            (self.evidence / name).write_text(text)

    def change(self, name, old, new):
        [file] = [file for file in (self.clauses / name, self.evidence / name) if file.exists()]
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def run(self, *options):
        return subprocess.run(
            [sys.executable, PROJECT / "script/ledger", "--project", self.folder, "--evidence", self.evidence, *options],
            capture_output=True, text=True, timeout=60)

    def refuses(self, *parts):
        """Written or only checked: it fails, and one line says why."""
        for options in ([], ["--check"]):
            done = self.run(*options)
            assert done.returncode == 1 and done.stdout == "", done
            assert [line for line in done.stderr.splitlines() if all(part in line for part in parts)], done.stderr
            assert all(line.startswith("Error: ") for line in done.stderr.splitlines()), done.stderr


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


def test_what_was_written_checks_clean(ledger):
    assert ledger.run("--check").returncode == 1, "there is none yet"
    done = ledger.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = ledger.file.read_text()
    assert ledger.run("--check").returncode == 0
    # The order of the evidence, and saying it twice, changes nothing.
    lines = EVIDENCE["program.tsv"].splitlines(keepends=True)
    (ledger.evidence / "program.tsv").write_text("".join(reversed(lines)))
    (ledger.evidence / "again.tsv").write_text("".join(lines))
    assert ledger.run("--check").returncode == 0
    assert ledger.run().returncode == 0 and ledger.file.read_text() == written


def test_the_ledger_says_who_speaks_for_each_clause(ledger):
    assert ledger.run().returncode == 0
    lines = ledger.file.read_text().splitlines()
    for line in [
        "| ASVS level 1 | 1 | 1 | 1 | 0 | 3 |",
        "| ASVS level 2 | 1 | 0 | 0 | 1 | 2 |",
        "| NIST SP 800-63B-4 | 1 | 0 | 0 | 0 | 1 |",
        "- **ASVS 6.3.3** (level 2): There is none yet.",
        "| ASVS 6.2.1 | 1 | At least 8 characters | shown by test | _RegisterTests_: seven characters are too short"
        "<br>_Tests/Program/test_a.py_: a short password is refused |",
        "| ASVS 6.2.9 | 2 | 64 characters \\| and more | shown by test | At most 256."
        "<br>_Tests/Program/test_a.py_: long ones are welcome |",
        "| ASVS 6.1.1 | 1 | Throttles are documented | documented "
        "| [How guessing is slowed](../../docs/policies.md#how-guessing-is-slowed) |",
        "| ASVS 12.1.1 | 1 | New TLS | not ours | The proxy's. |",
        "| NIST P12 | shall | A blocklist | shown by test | _Tests/Program/test_a.py_: a common one is refused |",
        "- 6.6.1, 6.6.4: No telephone.",
    ]:
        assert line in lines, line


def test_a_clause_that_nothing_shows_fails(ledger):
    ledger.change("program.tsv", "ASVS 6.2.9", "ASVS 6.2.1")
    ledger.refuses("ASVS 6.2.9", "no test that passed")
    assert "| **nothing shows it** | At most 256. |" in ledger.file.read_text()


def test_evidence_for_an_unknown_clause_fails(ledger):
    ledger.change("swift.tsv", "ASVS 6.2.1", "ASVS 6.2.99")
    ledger.refuses("swift.tsv:1", "ASVS 6.2.99", "no clause")


@pytest.mark.parametrize("line", ["ASVS 6.2.1", "ASVS 6.2.1\tSuite", "ASVS 6.2.1\t\tname", "a\tb\tc\td"])
def test_a_line_that_is_no_evidence_fails(ledger, line):
    (ledger.evidence / "odd.tsv").write_text(line + "\n")
    ledger.refuses("odd.tsv:1")


def test_no_evidence_at_all_fails(ledger):
    for name in EVIDENCE:
        (ledger.evidence / name).unlink()
    ledger.refuses("There is no evidence")


@pytest.mark.parametrize("level, most", [(1, 0), (2, 4)])
def test_too_many_open_clauses_fail(ledger, level, most):
    def more(count):
        extra = "".join(f'[clause."99.{level}.{number}"]\nlevel = {level}\nasks = "x"\nopen = "y"\n' for number in range(count))
        (ledger.clauses / "v99.toml").write_text(f'title = "More"\nstandard = "ASVS"\n{extra}')

    already = CLAUSES.count(f"level = {level}\nasks = \"A second factor\"")
    more(most - already)
    assert ledger.run().returncode == 0
    more(most - already + 1)
    ledger.refuses(f"{most + 1} clauses of level {level} are open")


def test_a_test_for_what_is_not_ours_fails(ledger):
    ledger.change("swift.tsv", "ASVS 6.2.1", "ASVS 12.1.1")
    ledger.refuses("ASVS 12.1.1", "not ours")


@pytest.mark.parametrize("old, new, said", [
    ("docs/policies.md#", "docs/missing.md#", "no document docs/missing.md"),
    ("#How guessing", "#Why guessing", "no heading “Why guessing is slowed”")])
def test_a_document_that_does_not_exist_fails(ledger, old, new, said):
    ledger.change("v06.toml", old, new)
    ledger.refuses("ASVS 6.1.1", said)


def test_a_ledger_that_was_edited_fails_the_check_and_stays_as_it_is(ledger):
    assert ledger.run().returncode == 0
    edited = ledger.file.read_text().replace("**ASVS 6.3.3**", "**ASVS 6.3.4**")
    ledger.file.write_text(edited)
    done = ledger.run("--check")
    assert done.returncode == 1 and "docs/security/ledger.md is not what" in done.stderr
    assert ledger.file.read_text() == edited


@pytest.mark.parametrize("old, new, said", [
    ("level = 1", "level = 4", "level"), ('asks = "New TLS"', "", "asks"), ("how =", "hwo =", "hwo"),
    ('"12.1.1"', '"6.2.1"', "v06.toml"), ("6.6.4", "6.2.1", "twice"), ("title =", "titel =", "titel"),
    ('not_ours = "The proxy\'s."', 'not_ours = "x"\nopen = "y"', "more than one"), ('"The proxy\'s."', '" "', "not_ours"),
])
def test_clauses_that_are_not_well_formed_fail(ledger, old, new, said):
    ledger.change("v06.toml", old, new)
    ledger.refuses("v06.toml", said)


@pytest.mark.parametrize("script", ["ledger", "sbom"])
def test_a_script_explains_itself(script):
    done = subprocess.run([PROJECT / "script" / script, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Example: " in done.stdout and "Exit codes: " in done.stdout
    done = subprocess.run([PROJECT / "script" / script, "--nonsense"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 64 and done.stderr.count("\n") == 1, done


# --- What tests write

INNER = """
import pytest
@pytest.mark.clause("ASVS 6.2.1", "NIST P12")
@pytest.mark.parametrize("number", [1, 2])
def test_passes(number): pass
@pytest.mark.clause("ASVS 6.2.2")
@pytest.mark.parametrize("number", [1, 2])
def test_fails_with_one(number): assert number == 1
@pytest.fixture
def strict():
    yield
    assert False
@pytest.mark.clause("ASVS 6.2.3")
def test_fails_afterwards(strict): pass
@pytest.mark.clause("ASVS 6.2.4")
@pytest.mark.skip
def test_is_skipped(): pass
@pytest.mark.xfail
@pytest.mark.clause("ASVS 6.2.5")
def test_is_expected_to_fail(): assert False
def test_shows_no_clause(): pass
"""


@pytest.fixture
def inner(tmp_path):
    """Runs pytest on a file with the plugin and a folder for its evidence."""
    folder = tmp_path / "Tests/Program"
    folder.mkdir(parents=True)
    (folder / "clauses.py").write_text((PROJECT / "Tests/Program/clauses.py").read_text())
    (folder / "conftest.py").write_text('pytest_plugins = ["clauses"]\n')
    (folder / "pytest.ini").write_text((PROJECT / "Tests/Program/pytest.ini").read_text())

    def run(text, *options):
        (folder / "test_inner.py").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pytest", folder, *options], cwd=folder, timeout=60, capture_output=True, text=True,
            env=ENVIRONMENT | {"LATCHKEY_EVIDENCE": str(tmp_path / "evidence")})

    run.file = tmp_path / "evidence/program.tsv"
    return run


def test_only_what_passed_wholly_is_evidence(inner):
    done = inner(INNER)
    assert done.returncode == 1, done
    lines = inner.file.read_text().splitlines()
    assert lines == [f"{name}\tTests/Program/test_inner.py\ttest_passes" for name in ("ASVS 6.2.1", "NIST P12")]
    # A new run begins anew.
    assert inner(INNER, "-k", "no_clause").returncode == 0
    assert inner.file.read_text() == ""


@pytest.mark.parametrize("name", ['"6.2.1"', '"ASVS 6.2"', '"NIST 12"', "5"])
def test_a_mark_that_names_no_clause_stops_the_run(inner, name):
    done = inner(f"import pytest\n@pytest.mark.clause({name})\ndef test_a(): pass\n")
    assert done.returncode == 4 and "is not a clause" in done.stderr, done


# --- The list of components

PINS = {"pins": [
    {"identity": "swift-nio", "kind": "remoteSourceControl", "location": "https://github.com/apple/swift-nio.git",
     "state": {"revision": "a" * 40, "version": "2.101.0"}},
    {"identity": "edge", "kind": "remoteSourceControl", "location": "https://github.com/someone/edge",
     "state": {"revision": "b" * 40, "branch": "main"}}], "version": 3}


@pytest.mark.clause("ASVS 15.1.2")
def test_the_list_of_components_names_each_package_and_library(tmp_path):
    (tmp_path / "Package.resolved").write_text(json.dumps(PINS))

    def run():
        return subprocess.run(
            [PROJECT / "script/sbom", "--resolved", tmp_path / "Package.resolved", tmp_path / "sbom.json"],
            capture_output=True, text=True, timeout=60)

    assert run().returncode == 0
    written = (tmp_path / "sbom.json").read_text()
    sbom = json.loads(written)
    assert sbom["bomFormat"] == "CycloneDX" and sbom["specVersion"] == "1.6"
    components = {component["name"]: component for component in sbom["components"]}
    assert {"swift-nio", "edge", "libargon2", "libxcrypt", "sqlite"} <= set(components)
    assert components["swift-nio"]["purl"] == "pkg:swift/github.com/apple/swift-nio@2.101.0"
    assert components["edge"]["version"] == "b" * 40
    run()
    assert (tmp_path / "sbom.json").read_text() == written, "the same packages give the same file"


@pytest.mark.parametrize("text", [None, "{", "[]", '{"pins": [{}]}'])
def test_packages_that_cannot_be_read_are_one_line(tmp_path, text):
    resolved = tmp_path / "Package.resolved"
    if text is not None:
        resolved.write_text(text)
    done = subprocess.run(
        [PROJECT / "script/sbom", "--resolved", resolved, tmp_path / "sbom.json"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, done
    assert not (tmp_path / "sbom.json").exists()
