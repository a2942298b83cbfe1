"""The list of common passwords, the numbers that its README states, and the script that makes it."""

import re
import subprocess
import sys
import unicodedata
from bisect import bisect_left

import pytest

from program import PROJECT

FOLDER = PROJECT / "Sources/CCommonPasswords"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
DATA = (FOLDER / "common-passwords.txt").read_bytes()
LINES = DATA.split(b"\n")[:-1]
ENTRIES = [line.decode() for line in LINES]
LISTED = set(ENTRIES)
DIGITS = "0123456789"
SCRIPT = PROJECT / "script/common-passwords"


def stated(row: str) -> int:
    """A number from the README's tables, by the beginning of its row."""
    return int(re.search(rf"^\| {re.escape(row)}[^|]*\| ([\d,]+) \|$", README, re.MULTILINE)[1].replace(",", ""))


def is_listed(entry: str) -> bool:
    """A binary search by bytes: this finds an entry only where the order is right."""
    wanted = entry.encode()
    place = bisect_left(LINES, wanted)
    return place < len(LINES) and LINES[place] == wanted


def is_common(password: str) -> bool:
    folded = unicodedata.normalize("NFC", password.lower())
    return is_listed(folded) or is_listed(folded.rstrip(DIGITS))


def test_every_line_is_ended_and_none_is_empty():
    assert DATA.endswith(b"\n") and b"\r" not in DATA
    assert all(LINES)


def test_the_entries_are_sorted_by_their_bytes_and_none_is_there_twice():
    assert LINES == sorted(set(LINES))


def test_every_entry_has_5_to_64_characters():
    assert [entry for entry in ENTRIES if not 5 <= len(entry) <= 64] == []


def test_every_entry_is_lower_case_and_in_nfc():
    assert [entry for entry in ENTRIES if entry != entry.lower()] == []
    assert [entry for entry in ENTRIES if entry != unicodedata.normalize("NFC", entry)] == []


def test_no_entry_has_a_control_character():
    assert [entry for entry in ENTRIES if any(unicodedata.category(c) == "Cc" for c in entry)] == []


def test_no_entry_is_an_address():
    assert [entry for entry in ENTRIES if re.search(r"@[a-z0-9.-]+\.[a-z]{2,}$", entry)] == []


def test_no_entry_is_another_one_and_a_tail_of_digits():
    assert [entry for entry in ENTRIES if entry[-1] in DIGITS and entry.rstrip(DIGITS) in LISTED] == []


def test_the_readme_states_the_numbers_of_the_file():
    assert stated("entries") == len(ENTRIES)
    assert stated("of them with 8 characters or more") == sum(len(entry) >= 8 for entry in ENTRIES)
    short = [entry for entry in ENTRIES if len(entry) < 8]
    assert stated("of them with 5 to 7, as bases") == sum(entry[-1] not in DIGITS for entry in short)
    assert stated("of them with 5 to 7 that end in a digit") == sum(entry[-1] in DIGITS for entry in short)
    assert stated("bytes") == len(DATA) < 2_000_000


def test_the_lists_gave_as_many_entries_as_the_readme_says():
    given = re.findall(r"^\| [^|]+ \| [^|]+ \| [\d,]+ \| ([\d,]+) \|$", README, re.MULTILINE)
    assert len(given) == 4
    assert sum(int(number.replace(",", "")) for number in given) == len(ENTRIES)


@pytest.mark.clause("NIST P14")
def test_there_are_a_hundred_thousand_entries_of_8_characters_or_more():
    assert sum(len(entry) >= 8 for entry in ENTRIES) >= 100_000


@pytest.mark.parametrize("password", [
    "password", "Password", "PASSWORD1", "password123", "iloveyou", "ILoveYou2", "sunshine", "football",
    "trustno1", "12345678", "123456789", "1234567890", "qwertyuiop", "qwerty123", "1q2w3e4r", "letmein1",
    "welcome1", "princess1", "dragon12", "monkey123", "abc12345", "baseball", "superman", "starwars",
    "michelle", "passw0rd", "p@ssw0rd", "zaq12wsx", "Summer2024", "ЙЦУКЕН123",
])
def test_a_well_known_password_is_found(password):
    assert is_common(password)


def test_a_password_in_decomposed_letters_is_found():
    decomposed = unicodedata.normalize("NFD", "йцукен2024")
    assert decomposed != "йцукен2024"
    assert is_common(decomposed)


@pytest.mark.parametrize("password", [
    "correct horse battery staple", "fjd8-Kq2z-Rw7v-Lm4x", "", "2024", "passwor d", "zzzz-not-in-any-list",
])
def test_another_password_is_not_found(password):
    assert not is_common(password)


def test_the_entries_begin_with_every_letter():
    # A list that is cut off where it is sorted from Z to A would lack what begins with A.
    long = [entry for entry in ENTRIES if len(entry) >= 8]
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert sum(entry.startswith(letter) for entry in long) > 50, letter


def test_the_script_explains_itself():
    done = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("examples:", "script/common-passwords --check", "exit codes:"):
        assert part in done.stdout


def test_the_script_knows_no_other_option():
    done = subprocess.run([sys.executable, SCRIPT, "--chekc"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "unrecognized arguments: --chekc" in done.stderr
