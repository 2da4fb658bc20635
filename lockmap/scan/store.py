"""The cache of facts, by content: what was read from a text is never read twice.

One SQLite file, safe to delete at any time, bounded in size (least recently used goes first).
A cache that is damaged, of another version or on a full disk costs time, never a scan.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_VERSION = 3
_APPLICATION = 0x4C4B4643  # "LKFC"
_SCHEMA = (
    """
CREATE TABLE entry (
    key BLOB PRIMARY KEY,  -- BLAKE2b of the file's bytes and the fingerprint
    facts BLOB NOT NULL,   -- MessagePack of FileFacts
    turn INTEGER NOT NULL  -- number of the scan that used it last
) WITHOUT ROWID
""",
    # Without it the number of this scan and what is oldest would take reading all of the file.
    "CREATE INDEX entry_turn ON entry (turn)",
)

Entry = tuple[bytes, bytes]
"""(key, facts)."""


@dataclass(slots=True)
class FactStore:
    """A handle on the cache file.  ``complaints`` says what went wrong, once each."""

    path: Path
    limit: int
    """Bytes the file may grow to."""
    complaints: list[str] = field(default_factory=list)
    _connection: sqlite3.Connection | None = None
    _turn: int = 0

    def open(self) -> None:
        """Open the file, making or replacing it where needed."""
        for attempt in range(2):
            try:
                self._open()
            except (sqlite3.Error, OSError, ValueError) as error:
                self.close()
                busy = isinstance(error, sqlite3.OperationalError)  # in use, or the disk is full
                if attempt == 1 or busy or not self._discard(error):
                    self._complain(f"the cache is not used: {error}")
                    return
            else:
                return

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        self._connection = connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            connection.execute(f"PRAGMA application_id={_APPLICATION}")
            connection.execute(f"PRAGMA user_version={_VERSION}")
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
        marks = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        ]
        if marks != [_APPLICATION, _VERSION]:
            raise ValueError("it is of another version of lockmap")
        self._turn = 1 + int(
            connection.execute("SELECT coalesce(max(turn), 0) FROM entry").fetchone()[0]
        )

    def _discard(self, error: Exception) -> bool:
        """Remove a file that cannot be used; False where that fails too."""
        try:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError:
            return False
        self._complain(f"the cache was started anew: {error}")
        return True

    def _complain(self, text: str) -> None:
        if text not in self.complaints:
            self.complaints.append(text)

    def get(self, key: bytes) -> bytes | None:
        """The facts behind *key*, if they are there."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT facts FROM entry WHERE key=?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._complain(f"the cache is not used: {error}")
            self.close()
            return None
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def put(self, entries: Iterable[Entry]) -> None:
        """Add entries; a failure is a complaint."""
        if self._connection is None:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                f"INSERT OR REPLACE INTO entry VALUES (?, ?, {self._turn})", entries
            )
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._complain(f"the cache is not written: {error}")
            self.close()

    def touch(self, keys: Iterable[bytes]) -> None:
        """Note that entries were used, so that others go first."""
        if self._connection is None:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                f"UPDATE entry SET turn={self._turn} WHERE key=?", ((k,) for k in keys)
            )
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._complain(f"the cache is not written: {error}")
            self.close()

    def trim(self) -> None:
        """Drop what was used longest ago until the file is within its limit."""
        if self._connection is None:
            return
        try:
            page = self._connection.execute("PRAGMA page_size").fetchone()[0]
            while True:
                pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
                free = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
                oldest = self._connection.execute("SELECT min(turn) FROM entry").fetchone()[0]
                if (pages - free) * page <= self.limit or oldest is None:
                    break
                self._connection.execute("DELETE FROM entry WHERE turn=?", (oldest,))
            if pages * page > self.limit:
                self._connection.execute("VACUUM")
        except sqlite3.Error as error:
            self._complain(f"the cache is not trimmed: {error}")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            try:
                self._connection.close()
            finally:
                self._connection = None
