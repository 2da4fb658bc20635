"""The outlines of a tree: kept beside the snapshot, and brought up to date."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import msgspec
import numpy as np

from lockmap.facts.outlined import COLUMNS, Outlines, Records, columns, is_sound, of_columns, take
from lockmap.scan.snapshot import OUTLINES, written

_LENGTH = 4
"""Bytes that tell how long the head of the file is."""


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """The beginning of the file; the arrays follow, one after the other."""

    token: bytes
    sizes: tuple[int, ...]
    """In bytes."""
    sums: tuple[int, ...]
    """CRC-32, of each array."""


def load_outlines(path: Path, token: bytes) -> Outlines | None:
    """The outlines that belong to the stamps of *token*; None where there are none to use."""
    try:
        with path.with_suffix(OUTLINES).open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH), "little")
            head = msgspec.msgpack.decode(file.read(length), type=_Head)
            left = os.fstat(file.fileno()).st_size - file.tell()
            if head.token != token or sum(head.sizes) != left or min(head.sizes) < 0:
                return None
            found = zip(COLUMNS, head.sizes, head.sums, strict=True)
            outlines = of_columns([_read(file, *of_one) for of_one in found])
    except (OSError, ValueError, MemoryError, OverflowError, msgspec.MsgspecError):
        return None
    return outlines if is_sound(outlines) else None


def _read(file: BufferedReader, kind: np.dtype[np.void], size: int, told: int) -> Records:
    """One array.  Raises ValueError where the bytes are others than were written."""
    array = np.empty(size // kind.itemsize, dtype=kind)
    content = _bytes(array)
    if file.readinto(content) != size or crc32(content) != told:
        raise ValueError("the outlines are damaged")
    return array


def save_outlines(path: Path, token: bytes, parts: Sequence[Outlines]) -> str:
    """Write the outlines *parts*, one after the other; returns what went wrong, or nothing."""
    pieces: list[list[memoryview]] = [[] for _ in COLUMNS]
    for part in parts:
        for column, array in zip(pieces, columns(part), strict=True):
            column.append(_bytes(array))
    sums = []
    for column in pieces:
        total = 0
        for piece in column:
            total = crc32(piece, total)
        sums.append(total)
    sizes = tuple(sum(piece.nbytes for piece in column) for column in pieces)
    head = msgspec.msgpack.encode(_Head(token, sizes, tuple(sums)))

    def write(file: BinaryIO) -> None:
        file.write(len(head).to_bytes(_LENGTH, "little"))
        file.write(head)
        for column in pieces:
            for piece in column:
                file.write(piece)

    return written(path.with_suffix(OUTLINES), write)


def _bytes(array: Records) -> memoryview:
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def up_to_date(
    files: Sequence[str],
    before: tuple[Mapping[str, int], Outlines],
    now: tuple[Mapping[str, int], Outlines],
) -> list[Outlines]:
    """The outlines of *files*, in order: those read *now*, else those from *before*.

    Each side: path → number of the file in its outlines.
    """
    parts: list[tuple[Outlines, int, int]] = []
    for path in files:
        numbers, outlines = now if path in now[0] else before
        number = numbers[path]
        if parts and parts[-1][0] is outlines and parts[-1][2] == number:
            parts[-1] = (outlines, parts[-1][1], number + 1)
        else:
            parts.append((outlines, number, number + 1))
    return take(parts)
