#!/usr/bin/env python3
"""Usage: Tests/Fixtures/make-password-hashes.py > Tests/Fixtures/password-hashes.json

Writes hashes of known passwords as other systems make them: with those systems' own libraries. Costs are low, so that
the tests that verify them are quick, and for each format one hash is of the library's own default.

Needs from PyPI: passlib 1.7.4, bcrypt 4.0.1, argon2-cffi, Django, Werkzeug. From Debian: apache2-utils, php-cli,
ruby-bcrypt, perl (crypt(3) of libxcrypt). The file is in the repository: only who adds a format runs this.
"""

import json
import subprocess
import sys
from importlib.metadata import version

import argon2
import bcrypt
import django.conf
import passlib.hash
import werkzeug.security

django.conf.settings.configure()
from django.contrib.auth import hashers  # noqa: E402

# The last is longer than bcrypt reads and shorter than crypt(3) refuses.
PASSWORDS = ["correct horse", "pâssé ✓ 密码", "a" * 40 + "b" * 60]
found = []


def note(library: str, format_: str, password: str, text: str) -> None:
    found.append({"library": library, "format": format_, "password": password, "hash": text.strip()})


def from_passlib() -> None:
    hashes = passlib.hash
    for name, cheap, default in [
        ("bcrypt", {"rounds": 4}, False), ("bcrypt_sha256", {"rounds": 4}, True), ("argon2", {"rounds": 1, "memory_cost": 64}, True),
        ("scrypt", {"rounds": 4}, True), ("pbkdf2_sha1", {"rounds": 1000}, True), ("pbkdf2_sha256", {"rounds": 1000}, True),
        ("pbkdf2_sha512", {"rounds": 1000}, True), ("sha256_crypt", {"rounds": 1000}, True),
        ("sha512_crypt", {"rounds": 1000}, True), ("apr_md5_crypt", {}, False), ("ldap_sha1", {}, False),
        ("django_pbkdf2_sha256", {"rounds": 1000}, False), ("django_bcrypt_sha256", {"rounds": 4}, False),
    ]:
        scheme = getattr(hashes, name)
        for password in PASSWORDS:
            note(f"passlib {version('passlib')}", name, password, scheme.using(**cheap).hash(password))
        if default:
            note(f"passlib {version('passlib')}", name, PASSWORDS[0], scheme.hash(PASSWORDS[0]))
    # Its first form, which it still verifies and no longer makes without being asked.
    for password in PASSWORDS:
        note(f"passlib {version('passlib')}", "bcrypt_sha256, version 1", password,
             hashes.bcrypt_sha256.using(rounds=4, version=1).hash(password))
        for type_ in ("i", "d", "id"):
            note(f"passlib {version('passlib')}", f"argon2{type_}", password,
                 hashes.argon2.using(type=type_, rounds=1, memory_cost=64, parallelism=2).hash(password))


def from_django() -> None:
    library = f"Django {django.get_version()}"
    for hasher, cheap in [
        (hashers.PBKDF2PasswordHasher(), {"iterations": 1000}), (hashers.PBKDF2SHA1PasswordHasher(), {"iterations": 1000}),
        (hashers.Argon2PasswordHasher(), {}), (hashers.BCryptSHA256PasswordHasher(), {}), (hashers.BCryptPasswordHasher(), {}),
        (hashers.ScryptPasswordHasher(), {}),
    ]:
        hasher.rounds = 4
        hasher.memory_cost, hasher.time_cost, hasher.parallelism = 64, 2, 1
        hasher.work_factor = 2**10
        for password in PASSWORDS:
            note(library, hasher.algorithm, password, hasher.encode(password, hasher.salt(), **cheap))
    note(library, "the default", PASSWORDS[0], hashers.PBKDF2PasswordHasher().encode(PASSWORDS[0], "0123456789abcdefABCDEF"))
    note(library, "the default of scrypt", PASSWORDS[0], hashers.ScryptPasswordHasher().encode(PASSWORDS[0], "0123456789abcdefABCDEF"))


def from_werkzeug() -> None:
    for method in ("scrypt", "scrypt:1024:8:1", "pbkdf2:sha256:1000", "pbkdf2:sha1:1000", "pbkdf2:sha512:1000", "pbkdf2"):
        for password in PASSWORDS[:1] if method in ("scrypt", "pbkdf2") else PASSWORDS:
            note(f"Werkzeug {version('werkzeug')}", method, password,
                 werkzeug.security.generate_password_hash(password, method=method))


def from_small_libraries() -> None:
    for password in PASSWORDS:
        for type_ in argon2.Type:
            for number in (16, 19):
                text = argon2.low_level.hash_secret(
                    password.encode(), b"0123456789abcdef", time_cost=2, memory_cost=64, parallelism=1, hash_len=32,
                    type=type_, version=number).decode()
                note(f"argon2-cffi {version('argon2-cffi')}", f"argon2{type_.name.lower()}, version {number}", password, text)
        for prefix in (b"2a", b"2b"):
            note(f"bcrypt {version('bcrypt')}", prefix.decode(), password,
                 bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix=prefix)).decode())
    note(f"argon2-cffi {version('argon2-cffi')}", "the default", PASSWORDS[0], argon2.PasswordHasher().hash(PASSWORDS[0]))
    # Before version 16 was written down.
    old = argon2.low_level.hash_secret(
        b"correct horse", b"0123456789abcdef", time_cost=2, memory_cost=64, parallelism=1, hash_len=32,
        type=argon2.Type.I, version=16).decode()
    note(f"argon2-cffi {version('argon2-cffi')}", "argon2i, without a version", PASSWORDS[0], old.replace("$v=16", ""))


def from_tests_of_dotnet() -> None:
    """dotnet is neither in Debian nor on PyPI: these are the hashes in its own tests, of PasswordHasherTest.cs in
    https://github.com/dotnet/aspnetcore (commit 03741a0a), each of "my password"."""
    for format_, text in [
        ("version 2", "ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A=="),
        ("version 3, SHA-512, 128 bits", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw"),
        ("version 3, SHA-512, 512 bits",
         "AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+"
         "ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw=="),
        ("version 3, SHA-1", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M"),
        ("version 3, SHA-256",
         "AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ="),
    ]:
        note("ASP.NET Core Identity", format_, "my password", text)


def run(*command: str, stdin: str = "") -> str:
    return subprocess.run(command, input=stdin, check=True, text=True, capture_output=True).stdout


def from_programs() -> None:
    apache = "htpasswd " + run("dpkg-query", "-W", "-f", "${Version}", "apache2-utils")
    php = "PHP " + run("php", "-r", "echo PHP_VERSION;")
    ruby = "ruby-bcrypt " + run("dpkg-query", "-W", "-f", "${Version}", "ruby-bcrypt")
    xcrypt = "libxcrypt " + run("dpkg-query", "-W", "-f", "${Version}", "libcrypt1")
    for password in PASSWORDS:
        for option in (["-m"], ["-s"], ["-B", "-C", "4"]):
            line = run("htpasswd", "-i", "-n", *option, "alice", stdin=password)
            note(apache, option[0], password, line.partition(":")[2])
        for call in ("PASSWORD_BCRYPT, ['cost' => 4]", "PASSWORD_ARGON2ID, ['memory_cost' => 64, 'time_cost' => 2]",
                     "PASSWORD_ARGON2I, ['memory_cost' => 64, 'time_cost' => 2]"):
            note(php, call.partition(",")[0], password,
                 run("php", "-r", f"echo password_hash(stream_get_contents(STDIN), {call});", stdin=password))
        note(ruby, "BCrypt::Password", password,
             run("ruby", "-rbcrypt", "-e", "print BCrypt::Password.create(STDIN.read, cost: 4)", stdin=password))
        for setting in ("$5$rounds=1000$saltstring", "$5$saltstring", "$6$rounds=1000$saltstringsaltst", "$6$saltstring",
                        "$y$j75$0123456789abcdef", "$y$j9T$0123456789abcdef"):
            note(xcrypt, setting, password,
                 run("perl", "-e", f"local $/; print crypt(<STDIN>, '{setting}')", stdin=password))
    note(php, "the default", PASSWORDS[0],
         run("php", "-r", "echo password_hash(stream_get_contents(STDIN), PASSWORD_DEFAULT);", stdin=PASSWORDS[0]))


if {"-h", "--help"} & set(sys.argv[1:]):
    print(__doc__.strip())
    sys.exit()
from_passlib()
from_django()
from_werkzeug()
from_small_libraries()
from_tests_of_dotnet()
from_programs()
json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
print()
