"""`latchkey password`, checked with other implementations."""

import argon2
import bcrypt
import pytest

from program import PASSWORD, assert_one_line, command

# With salts that are always the same: they are in the tests' names, and two processes must agree on those.
BCRYPT_4 = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
ARGON2 = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD, salt=bytes(range(16)))


def make(*arguments, password=PASSWORD) -> str:
    done = command("password", "hash", *arguments, stdin=password + "\n")
    assert (done.returncode, done.stderr) == (0, b""), done
    return done.stdout.decode().strip()


def verify(text: str, password: str | bytes = PASSWORD):
    return command("password", "verify", text, stdin=password)


@pytest.mark.clause("ASVS 11.4.2", "NIST P20")
@pytest.mark.parametrize("password", [PASSWORD, "pâssé✓", "パスワード🔐", " x ", "0" * 72])
def test_others_verify_our_hashes(password):
    ours = make("--scheme", "argon2id", password=password)
    assert ours.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert argon2.PasswordHasher().verify(ours, password)
    ours = make("--scheme", "bcrypt", "--cost", "5", password=password)
    assert ours.startswith("$2b$05$")
    assert bcrypt.checkpw(password.encode(), ours.encode())


@pytest.mark.clause("NIST P23")
def test_two_hashes_of_one_password_differ():
    salts = [make().split("$")[4] for _ in range(2)]
    # 22 characters of base64 are 128 bits.
    assert salts[0] != salts[1] and {len(salt) for salt in salts} == {22}


def test_the_cost_is_taken():
    assert make("--scheme", "argon2id", "--cost", "3").startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert make("--scheme", "bcrypt").startswith("$2b$12$")


@pytest.mark.parametrize("text", [
    BCRYPT_4, BCRYPT_4.replace("$2b$", "$2a$"), BCRYPT_4.replace("$2b$", "$2y$"), ARGON2])
def test_we_verify_the_hashes_of_others(text):
    assert verify(text).returncode == 0
    assert verify(text, PASSWORD + "\n").returncode == 0
    for wrong in (PASSWORD + "x", PASSWORD.upper(), "", " " + PASSWORD):
        assert verify(text, wrong).returncode == 1


@pytest.mark.clause("NIST P11")
def test_a_password_is_right_in_either_unicode_form():
    decomposed = "pa\u0302sse\u0301 secret"
    assert verify(make(password="pâssé secret"), decomposed).returncode == 0
    # Of others, the bytes as they came.
    theirs = bcrypt.hashpw(decomposed.encode(), bcrypt.gensalt(4)).decode()
    assert verify(theirs, decomposed).returncode == 0


@pytest.mark.clause("ASVS 6.2.8", "NIST P10")
@pytest.mark.parametrize("length, status", [(71, 0), (72, 0), (73, 1), (1000, 1)])
def test_bcrypt_takes_72_bytes_and_cuts_nothing(length, status):
    done = command("password", "hash", "--scheme", "bcrypt", "--cost", "4", stdin="x" * length)
    assert done.returncode == status
    if status:
        assert_one_line(done, 1, "72 bytes")


def test_bcrypt_refuses_nul():
    done = command("password", "hash", "--scheme", "bcrypt", "--cost", "4", stdin=b"abc\0def")
    assert_one_line(done, 1, "NUL")


@pytest.mark.clause("ASVS 6.2.8", "NIST P10")
def test_a_nul_is_part_of_the_password_to_argon2id():
    ours = make(password="abc\0def")
    assert verify(ours, b"abc\0def").returncode == 0
    assert verify(ours, b"abc").returncode == 1


@pytest.mark.parametrize("stdin, message", [
    (b"", "empty"), (b"\n", "empty"), (b"ab\xffcd\n", "UTF-8"), (b"x" * 5120, "4096 bytes")])
def test_what_is_no_password_is_one_line(stdin, message):
    assert_one_line(command("password", "hash", stdin=stdin), 1, message)


@pytest.mark.clause("ASVS 11.2.5")
@pytest.mark.parametrize("text", [
    "", "x", "plain text", "$2b$", BCRYPT_4[:-1], BCRYPT_4 + "x", "$2b$31$" + "a" * 53,
    "$2x$04$" + "a" * 53, "$1$salt$hash", "$6$salt$hash", "*0", "*", "\x1b[31m",
    ARGON2.replace("argon2id", "argon2x"), ARGON2.replace("v=19", "v=18"),
    ARGON2.replace("m=1024", "m=4194304"), ARGON2.replace("t=1", "t=4294967295"),
    ARGON2.replace("m=1024", "m=-1"), ARGON2.replace("p=1", "p=0"), "$argon2id$v=19$m=1024,t=1,p=1$$",
    "$argon2id$" + "x" * 100_000,
])
def test_what_is_no_hash_that_we_know_is_2(text):
    done = verify(text)
    assert done.returncode == 2, done
    assert text == "" or "\x1b" not in done.stdout.decode() + done.stderr.decode()


@pytest.mark.clause("ASVS 11.2.5")
@pytest.mark.parametrize("text", [
    "$argon2id$v=19$m=1024,t=1,p=1$!!!!$!!!!", "$argon2id$v=19$m=1024,t=1,p=1$YWJj$YWJj",
    ARGON2.replace("m=1024", "m=+1024")])
def test_a_damaged_hash_is_2(text):
    assert verify(text).returncode == 2


def test_verifying_an_empty_password_against_a_hash_of_one_is_1():
    empty = bcrypt.hashpw(b"", bcrypt.gensalt(4)).decode()
    assert verify(empty, "").returncode == 1
    assert verify(argon2.PasswordHasher(memory_cost=1024).hash(""), "").returncode == 1


def test_every_command_takes_the_database(database):
    assert database.command("password", "hash", stdin=PASSWORD).returncode == 0
