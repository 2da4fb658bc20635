"""The outline of a file as plain bytes: for the snapshot, and on the way between processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.outline import Outline
from lockmap.syntax.outlining import memory as o

Records = NDArray[Any]
"""Of the types below."""


def _record(**columns: str) -> np.dtype[Any]:
    return np.dtype(list(columns.items()))


ITEM = _record(
    hash="<i8", line="<u4", end_line="<u4", start="<u4", body="<i4", end="<u4", name="<u4",
    kind="u1", flags="u1",
)  # fmt: skip
"""A definition; ``name`` is where its name begins in the names of the file."""
FRAME = _record(hash="<i8", parent="<i4", position="<u4", root="i1")
"""A brace of an initialiser: see places."""
CALL = _record(hash="<i8", owner="<u4", line="<u4", at="<u4")
"""A call of a plain name, in the item ``owner``, at byte ``at`` of the file."""
REFERENCE = _record(
    hash="<i8", context="<i8", owner="<u4", line="<u4", at="<u4", frame="<i4", position="<u2",
    kind="u1",
)  # fmt: skip
"""Any other reference."""
KEPT = (o.FUNCTION, o.MACRO, o.OBJECT_MACRO, o.TYPE, o.INITIALISER, o.OTHER)


class FileOutline(msgspec.Struct, frozen=True, array_like=True):
    """What one file defines and refers to; arrays as bytes of the types above."""

    items: bytes = b""
    names: bytes = b""
    """The names of the items, each after a zero byte."""
    frames: bytes = b""
    calls: bytes = b""
    refs: bytes = b""


def pack(outline: Outline) -> FileOutline:
    """*outline* as bytes."""
    items, refs = outline.items, outline.refs
    kept = np.isin(items[:, o.KIND], KEPT)
    if not kept.any():
        return FileOutline()
    number = np.cumsum(kept) - 1
    refs = refs[kept[refs[:, o.OWNER]]]
    plain = refs[:, o.REF_KIND] == o.CALL
    calls = np.zeros(int(np.count_nonzero(plain)), dtype=CALL)
    calls["hash"] = refs[plain, o.REF_HASH]
    calls["owner"] = number[refs[plain, o.OWNER]]
    calls["line"], calls["at"] = refs[plain, o.AT_LINE], refs[plain, o.AT]
    other = refs[~plain]
    frames, frame_number = _frames(items, other)
    rest = np.zeros(len(other), dtype=REFERENCE)
    rest["hash"], rest["context"] = other[:, o.REF_HASH], other[:, o.CONTEXT]
    rest["owner"] = number[other[:, o.OWNER]]
    rest["line"], rest["at"] = other[:, o.AT_LINE], other[:, o.AT]
    rest["frame"] = np.where(other[:, o.IN_FRAME] >= 0, frame_number[other[:, o.IN_FRAME]], -1)
    rest["position"] = np.minimum(other[:, o.POSITION], 0xFFFF)
    rest["kind"] = other[:, o.REF_KIND]
    spelled = {int(number[i]): name for i, name in outline.spelled.items()}
    packed, names = _items(items[kept], outline.clean, spelled)
    return FileOutline(packed.tobytes(), names, frames.tobytes(), calls.tobytes(), rest.tobytes())


def _items(
    items: NDArray[np.int64], clean: bytes, spelled: Mapping[int, bytes]
) -> tuple[Records, bytes]:
    packed = np.zeros(len(items), dtype=ITEM)
    packed["hash"], packed["kind"] = items[:, o.HASH], items[:, o.KIND]
    packed["line"], packed["end_line"] = items[:, o.LINE], items[:, o.END_LINE]
    packed["start"], packed["body"] = items[:, o.START], items[:, o.BODY]
    packed["end"], packed["flags"] = items[:, o.END], items[:, o.FLAGS]
    spans = zip(items[:, o.NAME].tolist(), items[:, o.NAME_END].tolist(), strict=True)
    names = [clean[max(0, start) : end] if start >= 0 else b"" for start, end in spans]
    for number, name in spelled.items():
        names[number] = name
    lengths = np.array([len(n) + 1 for n in names], dtype=np.int64)
    packed["name"] = np.cumsum(lengths) - lengths + 1
    return packed, b"".join(b"\0" + n for n in names)


def _frames(items: NDArray[np.int64], refs: NDArray[np.int64]) -> tuple[Records, NDArray[np.int64]]:
    """The frames that *refs* stand in, with all around them; and the new number of each item."""
    used = np.zeros(len(items), dtype=np.bool_)
    at = np.unique(refs[:, o.IN_FRAME])
    while len(at := at[at >= 0]) and len(at := at[~used[at]]):
        used[at] = True
        at = np.unique(items[at, o.START])
    number = np.where(used, np.cumsum(used) - 1, -1)
    rows = items[used]
    frames = np.zeros(len(rows), dtype=FRAME)
    frames["hash"], frames["root"] = rows[:, o.HASH], rows[:, o.BODY]
    frames["parent"] = np.where(rows[:, o.START] >= 0, number[rows[:, o.START]], -1)
    frames["position"] = rows[:, o.END]
    return frames, number
