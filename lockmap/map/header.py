"""What the first 100 bytes of a map say, read without SQLite.

This tells a file that is no map, a map of another schema version and a truncated
map apart before SQLite sees a byte (https://www.sqlite.org/fileformat.html, section 1.3).
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

from lockmap.map.schema import APPLICATION_ID

MAGIC = b"SQLite format 3\0"
HEADER_SIZE = 100


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of a SQLite header that matter here."""

    size: int
    """Of the file, in bytes."""
    expected_size: int
    """What the header says it should be; 0 where SQLite does not say."""
    user_version: int
    application_id: int

    @property
    def is_map(self) -> bool:
        """Whether lockmap wrote it, in whatever version."""
        return self.application_id == APPLICATION_ID

    @property
    def is_truncated(self) -> bool:
        """Whether pages are missing at the end."""
        return self.size < self.expected_size


def read_header(path: Path) -> Header | None:
    """The header, or None if the file is no SQLite database.

    Raises ``OSError``; a fifo or a device is never opened (it could block for ever).
    """
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        data = file.read(HEADER_SIZE)
        size = os.fstat(file.fileno()).st_size
    if len(data) < HEADER_SIZE or not data.startswith(MAGIC):
        return None
    (page_size,) = struct.unpack_from(">H", data, 16)
    (pages,) = struct.unpack_from(">I", data, 28)
    user_version, application_id = struct.unpack_from(">i4xi", data, 60)
    return Header(
        size=size,
        expected_size=(65536 if page_size == 1 else page_size) * pages,
        user_version=user_version,
        application_id=application_id,
    )
