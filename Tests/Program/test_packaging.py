"""What comes with the program for those who run it."""

import re
import shutil
import subprocess

import pytest

from program import PROJECT, binary, command

UNIT = PROJECT / "packaging/latchkey.service"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and shutil.which("apt-get") is None, reason="no systemd here")


@pytest.fixture
def unit(tmp_path):
    """The unit with the program where it was built: systemd looks whether it is there."""
    file = tmp_path / "latchkey.service"
    file.write_text(UNIT.read_text().replace("/usr/bin/latchkey", binary()))
    return file


def analyze(*words):
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, timeout=60)


@needs_systemd
def test_systemd_understands_the_unit(unit):
    done = analyze("verify", "--man=no", unit)
    assert done.returncode == 0 and "latchkey.service" not in done.stderr, done.stderr


@needs_systemd
def test_the_unit_leaves_little_to_whoever_breaks_in(unit):
    # On systemd's scale from 0 to 10; a service without a word about it has 9.6.
    done = analyze("security", "--offline=true", "--threshold=15", unit)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_unit_starts_the_program_with_options_that_it_has():
    [line] = re.findall(r"^ExecStart=/usr/bin/latchkey (.*)$", UNIT.read_text(), re.M)
    name, *options = [word for word in line.split() if not word.startswith("/")]
    offered = command(name, "--help").stdout.decode()
    assert name == "serve" and options and all(f"  {option} " in offered for option in options)
