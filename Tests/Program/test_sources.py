"""Rules that hold for the whole source text: what is not in it cannot be attacked."""

import re

import pytest

from program import PROJECT

# What apps and the server are built from; LatchkeyTesting is for tests.
SWIFT = [file for file in sorted((PROJECT / "Sources").glob("**/*.swift")) if "LatchkeyTesting" not in file.parts]
SCRIPTS = sorted((PROJECT / "Sources").glob("**/*.js"))
TEMPLATES = sorted((PROJECT / "Sources").glob("**/*.mustache"))
STYLES = sorted((PROJECT / "Sources").glob("**/*.css"))


def code(file) -> str:
    """Without comments: those may name what they warn of."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.S)
    return re.sub(r"(?m)^\s*//.*$|\s//\s.*$", "", text)


def found(files, pattern: str) -> list[str]:
    assert files
    return [f"{file.name}: {match[0]}" for file in files for match in re.finditer(pattern, code(file))]


LITERAL = re.compile(r'"""(.*?)"""|"((?:[^"\\\n]|\\.)*)"', re.S)
STATEMENT = re.compile(r"^\s*(?:SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE|DROP|ALTER|WITH)\b")
INSERTED = re.compile(r"\\\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
# Text of our own: a list of columns, one of two table names, one of two conditions, a number of milliseconds; and names
# of tables and columns, quoted as such, with the marks of as many values and the sum of their lengths.
HARMLESS = re.compile(
    r"[A-Z]\w*\.columns|table|condition|\w+\.wholeMilliseconds"
    r"|columns|key|marks|limit|limitOfBytes|size|sequence(\.name)?|schema|\w+(\.\w+)?\.quoted(DatabaseIdentifier)?")


@pytest.mark.clause("ASVS 1.2.4")
def test_no_value_is_put_into_the_text_of_a_statement():
    # Those files write the tables that an app declares: names and conditions of the app's own source. The last reads
    # another system's table, whose name the operator says: quoted.
    writers = {"SQLiteText.swift", "PostgresText.swift", "PostgresChanges.swift", "ForeignDatabase.swift"}
    files = [file for file in SWIFT if file.name not in writers]
    texts = [(file.name, one or other) for file in files for one, other in LITERAL.findall(code(file))]
    statements = [(name, text) for name, text in texts if STATEMENT.match(text)]
    assert len(statements) > 30
    wrong = [
        (name, inserted) for name, text in statements for inserted in INSERTED.findall(text)
        if not HARMLESS.fullmatch(inserted)]
    assert wrong == []


@pytest.mark.clause("ASVS 1.2.5")
def test_no_other_program_is_started():
    assert found(SWIFT, r"\bProcess\(\)|\bSubprocess\b|posix_spawn|\bfork\(|\bexecv\w*\(|\bpopen\(|\bsystem\(") == []


@pytest.mark.clause("ASVS 1.3.2")
def test_no_text_becomes_code():
    assert found(SCRIPTS, r"\beval\b|\bnew Function\b|\bFunction\(|\bimport\(|set(?:Timeout|Interval)\(\s*[\"'`]") == []
    assert found(SWIFT, r"\bdlopen\(|\bdlsym\(|NSExpression|NSPredicate|JSContext|loadExtension") == []


@pytest.mark.clause("ASVS 1.3.10")
def test_no_text_is_used_as_a_format():
    assert found(SWIFT, r"String\(format:|NSLog\(|\bv?s?n?f?printf\(|\bsyslog\(|String\.localizedStringWithFormat") == []


@pytest.mark.clause("ASVS 1.3.12")
def test_no_regular_expression_reads_what_comes_from_outside():
    assert found(SWIFT, r"\bRegex\b|NSRegularExpression|\.firstMatch\(|\.wholeMatch\(|\.matches\(of|\.prefixMatch\(") == []


@pytest.mark.clause("ASVS 1.4.1")
def test_memory_is_handled_by_hand_only_where_c_libraries_are_called():
    files = {entry.split(":")[0] for entry in found(SWIFT, r"\bUnsafe\w*|withUnsafe\w*|unsafeBitCast|\bunowned\(unsafe\)")}
    # The libraries of password hashes, libargon2's memory, the list of passwords where it lies in the program, the modes of a
    # terminal, libpq, and the memory by which SQLite's connections tell each other of commits.
    assert files <= {
        "Argon2.swift", "HashingMemory.swift", "LibCrypt.swift", "PBKDF2.swift", "Scrypt.swift", "PasswordList.swift", "SilentTerminal.swift",
        "PostgresSession.swift", "CommitWatch.swift"}


@pytest.mark.clause("ASVS 1.4.2")
def test_no_arithmetic_wraps_unseen():
    # Swift traps on overflow. These operators do not, and -Ounchecked takes the traps away.
    assert found(SWIFT, r"&[+*-]|&<<|&>>") == []
    assert "unchecked" not in (PROJECT / "Package.swift").read_text().lower()


@pytest.mark.clause("ASVS 15.4.1")
def test_the_compiler_checks_what_threads_share():
    assert "swiftLanguageModes: [.v6]" in (PROJECT / "Package.swift").read_text()
    assert found(SWIFT, r"@unchecked|nonisolated\(unsafe\)|@preconcurrency|\bunsafeBitCast\b") == []


@pytest.mark.clause("ASVS 3.2.2")
def test_scripts_show_text_as_text():
    assert found(SCRIPTS, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|parseFromString|\bsrcdoc\b") == []
    # Three braces, or an ampersand, would put a value into a page without escaping it.
    assert found(TEMPLATES, r"\{\{\{|\{\{\s*&") == []


@pytest.mark.clause("ASVS 14.3.3", "NIST S6")
def test_scripts_store_nothing_in_the_browser():
    assert found(SCRIPTS, r"localStorage|sessionStorage|indexedDB|\bcaches\b|document\.cookie|serviceWorker") == []


@pytest.mark.clause("ASVS 3.7.1", "ASVS 3.6.1")
def test_pages_load_nothing_from_elsewhere_and_need_no_plugin():
    assert found(TEMPLATES, r"<(?:object|embed|applet|iframe|frame|base)\b|(?i:https?:)?//\w") == []
    assert found([*SCRIPTS, *STYLES], r"@import|url\(\s*[\"']?(?:https?:)?//|\bimport\s+[\"'{]") == []


@pytest.mark.clause("ASVS 11.3.1")
def test_nothing_is_encrypted_in_a_weak_mode():
    # Nothing is encrypted at all: what must be found again is hashed. Firebase's hash is made with a key stream.
    files = {entry.split(":")[0] for entry in found(SWIFT, r"\bAES\b|ChaChaPoly|\b_RSA\b|CommonCrypto|EVP_\w+|\bECB\b|\bCBC\b")}
    assert files == {"FirebaseScrypt.swift"}


@pytest.mark.clause("ASVS 11.4.1", "ASVS 11.2.1", "ASVS 11.1.3")
def test_hashes_come_from_libraries_and_are_none_of_the_broken_ones():
    broken = {entry.split(":")[0] for entry in found(SWIFT, r"\bInsecure\b|\bMD5\b|\bSHA1\b|\bCRC32\b|\bHasher\(")}
    # Each verifies what another system has made with it, until the next login replaces that.
    assert broken == {"APR1.swift", "PBKDF2.swift", "UnsaltedSHA1.swift"}
    libraries = {
        "LatchkeyCore": {"Crypto", "CryptoExtras", "CArgon2", "CLibCrypt"}, "LatchkeySQLite": {"Crypto"}, "LatchkeySchema": {"Crypto"},
        "LatchkeyHummingbird": {"Crypto"}}
    for file in SWIFT:
        imported = set(re.findall(r"(?m)^(?:\w+ )?import (\w*(?:Crypt|Argon|SSL|Sodium)\w*)", file.read_text()))
        assert imported <= libraries.get(file.relative_to(PROJECT / "Sources").parts[0], set()), file


@pytest.mark.clause("ASVS 11.5.1", "ASVS 11.5.2", "ASVS 6.5.3")
def test_randomness_has_one_source_and_that_is_the_system():
    # With glibc and on macOS this generator is the kernel's; a UUID has too few random bits to be a secret.
    pattern = r"SystemRandomNumberGenerator|\.random\(|\.randomElement\(|shuffle[d]?\(|\bUUID\(|arc4random|\bs?rand(?:om|48)?\(\)"
    files = {entry.split(":")[0] for entry in found(SWIFT, pattern)}
    assert files == {"RandomSource.swift"}


@pytest.mark.clause("ASVS 13.2.4", "ASVS 14.2.3")
def test_nothing_is_sent_to_another_service():
    assert found(SWIFT, r"URLSession|AsyncHTTPClient|HTTPClient\b|ClientBootstrap|\bconnect\(|DatagramBootstrap|NWConnection") == []
    assert found(SCRIPTS, r"sendBeacon|XMLHttpRequest|WebSocket|RTCPeerConnection|https?://") == []


@pytest.mark.clause("ASVS 15.2.3", "ASVS 13.4.2")
def test_what_is_for_tests_is_in_no_program():
    targets = re.split(r"(?m)^    \.(?=\w)", (PROJECT / "Package.swift").read_text())
    users = {re.search(r'name: "(\w+)"', part)[1]: part.split("(")[0] for part in targets
             if "dependencies:" in part and '"LatchkeyTesting"' in part.split("dependencies:")[1]}
    assert users and set(users.values()) == {"testTarget"}, users
    assert found(SWIFT, r"import LatchkeyTesting|import HummingbirdTesting|import Testing|import XCTest|#if DEBUG") == []


@pytest.mark.clause("ASVS 15.2.4")
def test_packages_come_from_where_they_are_expected():
    urls = re.findall(r'\.package\(\s*url: "([^"]+)"', (PROJECT / "Package.swift").read_text())
    assert urls and len(urls) == len(set(urls))
    owners = {"apple", "groue", "hummingbird-project", "swift-server", "swiftlang", "swift-otel"}
    for url in urls:
        assert re.fullmatch(r"https://github\.com/([\w-]+)/[\w.-]+", url)[1] in owners, url


@pytest.mark.clause("ASVS 15.2.1")
def test_no_package_is_held_back_at_an_old_version():
    text = (PROJECT / "Package.swift").read_text()
    # From that version on, up to the next major one: a fresh build takes the newest.
    packages = re.findall(r"\.package\(([^)]*)\)", text)
    assert packages and all(re.search(r'from: "\d+\.\d+\.\d+"', package) for package in packages), packages


@pytest.mark.clause("ASVS 14.2.1")
def test_no_form_puts_what_was_typed_into_an_address():
    forms = re.findall(r"<form\b[^>]*>", "".join(file.read_text() for file in TEMPLATES))
    assert forms and all('method="post"' in form for form in forms), forms
    assert found(SCRIPTS, r"URLSearchParams\((?!fields\))|\.search\s*=|history\.(?:push|replace)State") == []


@pytest.mark.clause("ASVS 15.3.6")
def test_scripts_copy_no_keys_from_one_object_to_another():
    assert found(SCRIPTS, r"__proto__|Object\.assign|\.prototype\b|\bfor\s*\([^)]*\bin\b|\w\[\w+\]\s*=[^=]") == []
