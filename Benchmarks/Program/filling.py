"""Many accounts and sessions, written into a database as the program writes them.

There must be one account, `known`: all others get its password."""

import base64
import hashlib
import os
import sqlite3
import time
from pathlib import Path

from measuring import say

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
COLUMNS = ("token_sha256, id, account_id, created_at_ms, last_seen_at_ms, expires_at_ms, proven_at_ms, address, "
           "user_agent")
DAY = 86_400_000
# In the order of their keys they are written at once; ten million in any other order take an hour.
STEP = 1_000_000


class Token:
    """A session's secret, and what the server keeps of it."""

    def __init__(self):
        self.bytes = os.urandom(32)
        self.session = os.urandom(16).hex()

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.bytes).digest()

    @property
    def cookie(self) -> str:
        return "latchkey=" + base64.urlsafe_b64encode(self.bytes).decode().rstrip("=")


def now() -> int:
    return int(time.time() * 1000)


class SQLiteFilling:
    def __init__(self, file: Path):
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = FILE")
        for name, function in ("digest", lambda n: hashlib.sha256(str(n).encode()).digest()), (
                "public_id", lambda n: hashlib.md5(str(n).encode()).hexdigest()):
            self.db.create_function(name, 1, function, deterministic=True)

    def add_accounts(self, count: int) -> None:
        self.db.execute(f"""
            {numbers(1, count - 1)}
            INSERT INTO account (username, username_folded, password_hash, password_work, password_is_imported,
              is_enabled, created_at_ms)
            SELECT 'person' || n, 'person' || n, password_hash, password_work, 0, 1, created_at_ms
            FROM numbers, (SELECT * FROM account WHERE username = 'known')""")

    def add_sessions(self, accounts: int, count: int, first: int = 0, expires_in: int = 7 * DAY) -> None:
        """Of all accounts by turns."""
        start = time.monotonic()
        self.db.executescript(f"""
            BEGIN;
            CREATE TEMP TABLE numbered (n INTEGER, digest BLOB);
            {numbers(first, first + count - 1)} INSERT INTO numbered SELECT n, digest(n) FROM numbers;
            INSERT INTO session ({COLUMNS})
            SELECT digest, public_id(n), 1 + n % {accounts}, {now() - 8 * DAY}, {now()}, {now() + expires_in}, 0,
              '192.0.2.1', '{AGENT}' FROM numbered ORDER BY digest;
            DROP TABLE numbered;
            COMMIT""")
        if count >= STEP:
            say(f"  {count} sessions in {time.monotonic() - start:.0f} s")

    def add_tokens(self, accounts: int, count: int) -> list[Token]:
        """Sessions of which the cookie is known, of different accounts."""
        tokens = [Token() for _ in range(count)]
        self.db.execute("BEGIN")
        self.db.executemany(
            f"INSERT INTO session ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(token.digest, token.session, 1 + number * 7 % accounts, now() - DAY, now(), now() + 7 * DAY, 0,
              "192.0.2.1", AGENT) for number, token in enumerate(tokens)])
        self.db.execute("COMMIT")
        return tokens

    def has_expired(self) -> bool:
        """At once: whoever reads for long keeps the log from being written anew."""
        return self.db.execute("SELECT EXISTS (SELECT 1 FROM session WHERE expires_at_ms < ?)", [now()]).fetchone()[0] == 1

    def settle(self) -> None:
        """Into the file and onto the disk, so that it is nobody's work later."""
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()

    def close(self) -> None:
        self.settle()
        self.db.close()


def numbers(first: int, last: int) -> str:
    return (f"WITH RECURSIVE numbers (n) AS (SELECT {first} WHERE {first} <= {last} "
            f"UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})")


class PostgresFilling:
    """Through the cluster's superuser."""

    def __init__(self, cluster, database: str):
        self.sql = lambda text: cluster.sql(text, database)

    def add_accounts(self, count: int) -> None:
        self.sql(f"""
            INSERT INTO account (username, username_folded, password_hash, password_work, password_is_imported,
              is_enabled, created_at_ms)
            SELECT 'person' || n, 'person' || n, password_hash, password_work, false, true, created_at_ms
            FROM account, generate_series(1, {count - 1}) n WHERE username = 'known'""")

    def add_sessions(self, accounts: int, count: int, first: int = 0, expires_in: int = 7 * DAY) -> None:
        start = time.monotonic()
        end = first + count
        for begin in range(first, end, STEP):
            self.sql(f"""
                INSERT INTO session ({COLUMNS})
                SELECT sha256(n::text::bytea), md5(n::text), 1 + n % {accounts}, {now() - 8 * DAY}, {now()},
                  {now() + expires_in}, 0, '192.0.2.1', '{AGENT}'
                FROM generate_series({begin}, {min(begin + STEP, end) - 1}) n""")
            if count >= STEP:
                say(f"  {min(begin + STEP, end) - first} sessions, {time.monotonic() - start:.0f} s")

    def add_tokens(self, accounts: int, count: int) -> list[Token]:
        tokens = [Token() for _ in range(count)]
        values = [
            f"(decode('{token.digest.hex()}', 'hex'), '{token.session}', {1 + number * 7 % accounts}, {now() - DAY}, "
            f"{now()}, {now() + 7 * DAY}, 0, '192.0.2.1', '{AGENT}')" for number, token in enumerate(tokens)]
        # A command line has a limit.
        for first in range(0, count, 100):
            self.sql(f"INSERT INTO session ({COLUMNS}) VALUES {', '.join(values[first:first + 100])}")
        return tokens

    def has_expired(self) -> bool:
        return self.sql(f"SELECT EXISTS (SELECT 1 FROM session WHERE expires_at_ms < {now()})") == "t"

    def settle(self) -> None:
        """Onto the disk, so that it is nobody's work later."""
        self.sql("CHECKPOINT")

    def close(self) -> None:
        self.sql("VACUUM ANALYZE")
        self.settle()
