"""The documents against the program: Swift code is compiled elsewhere, commands are run here."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from program import ENVIRONMENT, PASSWORD, PROJECT, binary, command

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("Sources/**/*.md")])
SOURCES = sorted((PROJECT / "Sources").glob("**/*.swift"))
# What the compiler has read when these tests run.
COMPILED = [*PROJECT.glob("Examples/**/*.swift"), *PROJECT.glob("Tests/**/*.swift")]


class Block(NamedTuple):
    file: Path
    line: int
    language: str
    text: str


def blocks(files, comment: str = "") -> list[Block]:
    found = []
    for file in files:
        lines = file.read_text().splitlines()
        if comment:
            lines = [line.strip().removeprefix(comment) if line.strip().startswith(comment) else "" for line in lines]
        opened = None
        for number, line in enumerate(lines, 1):
            if not line.strip().startswith("```"):
                continue
            if opened is None:
                opened = number
            else:
                language = lines[opened - 1].strip().removeprefix("```")
                found.append(Block(file, opened, language, "\n".join(lines[opened:number - 1])))
                opened = None
        assert opened is None, f"{file}:{opened}: a code block without an end"
    return found


ALL = [*blocks(DOCUMENTS), *blocks(SOURCES, "///")]


def of(*languages):
    return pytest.mark.parametrize(
        "block", [block for block in ALL if block.language in languages],
        ids=lambda block: f"{block.file.name}:{block.line}")


def test_every_block_has_a_language_that_is_checked():
    assert len(ALL) > 20
    # That of nginx is used as it stands by Tests/Package.
    known = {"swift", "console", "sh", "json", "nginx", "sql", "text", ""}
    assert {block.language for block in ALL} <= known
    # These two are pictures and single commands; nothing else hides there. Those of the guide for
    # deployment are run by Tests/Package, or take its user and settings; those about PostgreSQL by Tests/Postgres.
    assert [block.file.name for block in ALL if block.language == ""] == ["CONTRIBUTING.md"]
    assert {block.file.name for block in ALL if block.language == "sql"} == {"Scaling.md"}
    texts = [block.text for block in ALL if block.language == "text" and block.file.name != "Deploying.md"]
    # haproxy runs with its settings in Tests/Postgres; the addition to the unit has keys of the unit's own.
    commands = [text for text in texts if not text.startswith(("defaults\n", "[Service]\n"))]
    assert len(texts) - len(commands) == 2
    assert all(line.startswith("latchkey ") for text in commands for line in text.splitlines())
    unit = (PROJECT / "packaging/latchkey.service").read_text()
    [addition] = [text for text in texts if text.startswith("[Service]\n")]
    assert all(f"\n{line.split('=')[0]}" in unit for line in addition.splitlines())


def dense(text: str) -> str:
    return re.sub(r"\s", "", text)


@of("swift")
def test_swift_is_compiled_word_for_word(block, tmp_path):
    if block.text.startswith("// swift-tools-version"):
        (tmp_path / "Package.swift").write_text(block.text)
        done = subprocess.run(
            ["swift", "package", "dump-package"], cwd=tmp_path, capture_output=True, timeout=100)
        assert done.returncode == 0, done.stderr.decode()
        names = {product["name"] for product in json.loads(subprocess.run(
            ["swift", "package", "dump-package"], cwd=PROJECT, capture_output=True, timeout=100, check=True).stdout)["products"]}
        assert set(re.findall(r'\.product\(name: "(\w+)"', block.text)) <= names
        return
    # All paragraphs in one file; other code may stand between them there.
    parts = [dense(part) for part in block.text.split("\n\n")]
    texts = [dense(file.read_text()) for file in COMPILED]
    assert any(all(part in text for part in parts) for text in texts), "this stands in no compiled file"


@of("json")
def test_settings_are_accepted(block, tmp_path):
    (tmp_path / "settings.json").write_text(block.text)
    # A folder of the system's is not there before the package is.
    database = json.loads(block.text)["database"].rsplit("/", 1)[-1]
    done = command("user", "add", "alice", "--config", "settings.json", "--database", database, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@of("sh")
def test_scripts_and_their_parts_exist(block):
    for line in block.text.splitlines():
        script, *words = shlex.split(line, comments=True)
        text = (PROJECT / script).read_text()
        if words and not words[0].startswith("-"):
            assert f"part_{words[0]}()" in text, line


VARIABLE = [
    (r"\b\d{14}-", "MOMENT-"),
    (r"\(\d+\.\d\ds\)", "(DURATION)"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\$2b\$04\$[./A-Za-z0-9]{53}", "$2b$04$…"),
]


@of("console")
def test_commands_print_what_the_documents_say(block, tmp_path):
    (tmp_path / "password.txt").write_text(PASSWORD + "\n")
    (tmp_path / "reflex.db").write_bytes((PROJECT / "Tests/Fixtures/reflex-sample.db").read_bytes())
    # The example's program is called as the example says, and not as its target.
    (tmp_path / "notes").symlink_to(Path(binary()).with_name("Notes"))
    environment = ENVIRONMENT | {"PATH": f"{Path(binary()).parent}:{tmp_path}:{ENVIRONMENT['PATH']}"}
    printed = ""
    for line in block.text.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                ["bash", "-c", line[2:]], cwd=tmp_path, env=environment, timeout=100,
                capture_output=True, text=True)
            assert done.stderr == "", done.stderr
            printed += line + "\n" + done.stdout
    expected = block.text + "\n"
    for pattern, name in VARIABLE:
        printed, expected = re.sub(pattern, name, printed), re.sub(pattern, name, expected)
    assert printed == expected


def test_links_between_documents_lead_somewhere():
    for file in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text()):
            if "://" not in target:
                assert (file.parent / target.replace("\n", " ")).exists(), f"{file.name}: {target}"
        for article in re.findall(r"<doc:(\w+)>", file.read_text()):
            assert (file.parent / f"{article}.md").exists(), f"{file.name}: {article}"


def test_what_the_guide_quotes_is_what_the_program_says():
    guide = (PROJECT / "Sources/Latchkey/Latchkey.docc/Troubleshooting.md").read_text()
    said = " ".join(file.read_text() for file in SOURCES)
    # Texts that go over several lines.
    said = re.sub(r'"\s*\+ "', "", said)
    quotes = re.findall("“(.+?)”", guide)
    assert len(quotes) > 10
    for quote in quotes:
        for part in quote.split("…"):
            assert part.strip() in said, quote


SETTINGS = (PROJECT / "Sources/Latchkey/Latchkey.docc/Settings.md").read_text()


def test_the_settings_in_the_guide_are_those_of_the_code():
    documented = re.findall(r"^\| `([a-zA-Z.]+)` \| `(\w+)` \|", SETTINGS, re.M)
    read = set()
    for file in SOURCES:
        read |= set(re.findall(r'ettings(?:\(reader: \w+\))?\.(?:string|int|bool)\(\s*"([a-zA-Z.]+)"', file.read_text()))
    assert {key for key, _ in documented} == read and len(documented) == len(read)
    known = re.search(r"static let keys: Set<String> = \[(.*?)\]", (PROJECT / "Sources/LatchkeyCommands/Settings/SettingsFile.swift").read_text(), re.S)
    assert read == set(re.findall(r'"([a-zA-Z.]+)"', known[1]))
    for key, variable in documented:
        assert variable == "LATCHKEY_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace(".", "_").upper()


def test_the_variables_in_the_guide_are_read(tmp_path):
    assert command("user", "add", "alice", cwd=tmp_path).returncode == 0
    # No value fits all of them, so each is refused by its name, or heard of by doctor.
    for variable in re.findall(r"^\| `[a-zA-Z.]+` \| `(\w+)` \|", SETTINGS, re.M):
        done = command("doctor", "--json", cwd=tmp_path, **{variable: "latchkey.db"})
        assert done.returncode == 1 or b"read by nobody" not in done.stdout, variable


def test_the_options_in_the_guide_are_those_of_the_program():
    documented = set(re.findall(r"^\| `[a-zA-Z.]+` \| `\w+` \| `(--[a-z-]+)`", SETTINGS, re.M))
    offered = set(re.findall(r"^  (--[a-z-]+)", command("serve", "--help").stdout.decode(), re.M))
    assert documented == offered - {"--config", "--version"}
