"""What a file declares, as plain bytes: for the snapshot, and on the way between processes."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.declared import Rows
from lockmap.syntax.declaring import memory as d

TYPE_ROW: np.dtype[Any] = np.dtype(
    [("hash", "<i8"), ("type", "<i8"), ("owner", "<i4"), ("position", "<u2"), ("kind", "u1")]
)
"""A row of :mod:`lockmap.syntax.declaring.memory`."""


class FileTypes(msgspec.Struct, frozen=True, array_like=True):
    """What one file declares."""

    rows: bytes = b""
    """Of type ``TYPE_ROW``, in the order in which they were read."""
    names: bytes = b""
    """The names of the members, one for each row of a member, each followed by a zero byte."""


def pack_types(rows: Rows, clean: bytes) -> FileTypes:
    """*rows*, read from the blanked text *clean*, as bytes."""
    if not len(rows):
        return FileTypes()
    packed: NDArray[Any] = np.zeros(len(rows), dtype=TYPE_ROW)
    packed["hash"], packed["type"] = rows[:, d.ROW_HASH], rows[:, d.ROW_TYPE]
    packed["owner"], packed["kind"] = rows[:, d.ROW_OWNER], rows[:, d.ROW_KIND]
    packed["position"] = np.minimum(rows[:, d.ROW_POSITION], 0xFFFF)
    places = rows[rows[:, d.ROW_KIND] == d.MEMBER, d.ROW_AT].tolist()
    names = b"".join(clean[at >> 8 : (at >> 8) + (at & 255)] + b"\0" for at in places)
    return FileTypes(packed.tobytes(), names)
