"""`latchkey init`: what it writes and what it refuses. That the app works: Tests/Starter."""

import os

import pytest

from program import PROJECT, assert_one_line, command


def init(folder, *words):
    return command("init", *words, cwd=folder)


def files(folder) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_it_makes_an_app_and_says_how_to_go_on(tmp_path):
    done = init(tmp_path, "my-notes", "--latchkey", PROJECT)
    assert done.returncode == 0 and done.stdout == b"Made my-notes. Go on with: cd my-notes && script/server\n"
    app = tmp_path / "my-notes"
    [migration] = [file for file in files(app) if file.startswith("Migrations/")]
    assert files(app) == sorted([
        ".gitignore", migration, "Package.swift", "README.md", "Sources/MyNotes/MyNotes.swift",
        "Sources/MyNotes/Pages.swift", "Sources/MyNotes/Profiles.swift", "Sources/MyNotes/Schema.swift",
        "Tests/MyNotesTests/MyNotesTests.swift", "script/server", "script/test"])
    assert not [file for file in files(app) if "__" in (app / file).read_text()], "a place was left open"
    assert all(os.access(app / "script" / name, os.X_OK) for name in ("server", "test"))


def test_an_app_beside_the_checkout_refers_to_it_as_a_neighbour(tmp_path):
    (tmp_path / "latchkey").mkdir()
    (tmp_path / "latchkey/Package.swift").write_text("")
    assert init(tmp_path, "notes").returncode == 0
    package = (tmp_path / "notes/Package.swift").read_text()
    assert '.package(path: "../latchkey")' in package and 'package: "latchkey"' in package


def test_the_smallest_app_is_the_one_of_the_readme(tmp_path):
    assert init(tmp_path, "notes", "--minimal", "--latchkey", PROJECT).returncode == 0
    assert files(tmp_path / "notes") == [".gitignore", "Package.swift", "Sources/Notes/main.swift"]
    text = (tmp_path / "notes/Sources/Notes/main.swift").read_text()
    # That one is compiled and run.
    assert text == (PROJECT / "Examples/SmallestApp/main.swift").read_text()


def test_nothing_is_written_over_anything(tmp_path):
    (tmp_path / "notes").mkdir()
    assert init(tmp_path, "notes", "--latchkey", PROJECT).returncode == 0, "an empty folder will do"
    before = files(tmp_path)
    assert_one_line(init(tmp_path, "notes", "--latchkey", PROJECT), 1, "not an empty folder")
    (tmp_path / "other").write_text("a file")
    assert_one_line(init(tmp_path, "other", "--latchkey", PROJECT), 1, "not an empty folder")
    assert files(tmp_path) == sorted([*before, "other"])


def test_without_a_checkout_it_says_so_and_writes_nothing(tmp_path):
    assert_one_line(init(tmp_path, "notes"), 1, "no checkout of Latchkey in latchkey", "--latchkey")
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["", "Notes", "1notes", "my notes", "a--b", "-", "../x", "a/b", "ä", "test", "latchkey", "x" * 41])
def test_a_name_that_cannot_be_one_is_refused(tmp_path, name):
    assert init(tmp_path, "--latchkey", PROJECT, "--", name).returncode == 64
    assert files(tmp_path) == []
