"""All code of a tree at once: every definition and every reference, in flat arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Outlines, Records
from lockmap.facts.packing import CALLS, FRAMES, ITEMS, NAMES, REFS
from lockmap.program.membership import among
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import DEAD_CODE, FUNCTION, MACRO, MADE, OBJECT_MACRO, STATIC

Ids = NDArray[np.int64]
_PUBLIC = re.compile(
    r"include/|arch/[^/]+/include/(?:asm|uapi|generated|mach-[^/]+)/|arch/[^/]+/mach"
)
_DEEPEST = 8
"""Folders within one another that are told apart."""
_ARCH = re.compile(r"arch/([^/]+)/")


@dataclass(frozen=True)
class Code:
    """The outlines of all files.  An *item* is named by its number in ``items``."""

    files: tuple[str, ...]
    items: Records
    item_file: Ids
    """Of each item, the number of its file."""
    frames: Records
    calls: Records
    """In order of ``owner``, a number of an item."""
    refs: Records
    names: bytes
    name_at: Ids

    def name(self, item: int) -> str:
        """The name of an item."""
        start = int(self.name_at[item])
        return self.names[start : self.names.find(b"\0", start)].decode("utf-8", "replace")

    def names_of(self, items: Ids) -> list[str]:
        """The names of *items*."""
        starts = self.name_at[items]
        low, high = (int(starts.min()), int(starts.max())) if len(items) else (0, 0)
        end = self.names.find(b"\0", high)
        part = self.names[low:end]
        zeros = np.append(np.flatnonzero(np.frombuffer(part, dtype=np.uint8) == 0), len(part))
        ends = zeros[np.searchsorted(zeros, starts - low)]
        spans = zip((starts - low).tolist(), ends.tolist(), strict=True)
        if part.isascii():
            text = part.decode("ascii")
            return [text[a:b] for a, b in spans]
        return [part[a:b].decode("utf-8", "replace") for a, b in spans]

    def file(self, item: int) -> str:
        """The file that an item stands in."""
        return self.files[int(self.item_file[item])]

    def line(self, item: int) -> int:
        """The line that an item begins at."""
        return int(self.items["line"][item])

    @cached_property
    def is_function(self) -> NDArray[np.bool_]:
        """Which items are functions, but for those under ``#if 0``.

        What a macro made is none if it is called like a macro: its own name is made in turn.
        """
        items = self.items
        functions = (items["kind"] == FUNCTION) & ((items["flags"] & DEAD_CODE) == 0)
        made = np.flatnonzero(functions & ((items["flags"] & MADE) != 0))
        macros = np.unique(items["hash"][items["kind"] == MACRO])
        functions[made[among(items["hash"][made], macros)]] = False
        return np.asarray(functions)

    @cached_property
    def is_callable(self) -> NDArray[np.bool_]:
        """Which items can be called by name: functions and macros."""
        kinds = self.items["kind"]
        return np.asarray(self.is_function | (kinds == MACRO) | (kinds == OBJECT_MACRO))

    @cached_property
    def file_arch(self) -> Ids:
        """Of each file, a number for the architecture that it is of; -1: of none."""
        known: dict[str, int] = {}
        found = (_ARCH.match(f) for f in self.files)
        return np.array(
            [known.setdefault(m[1], len(known)) if m else -1 for m in found], dtype=np.int64
        )

    def arch_numbers(self, names: Iterable[str]) -> list[int]:
        """The numbers of architectures, as ``file_arch`` has them, of those that there are."""
        found = []
        for name in names:
            home = f"arch/{name}/"
            number = next((n for n, path in enumerate(self.files) if path.startswith(home)), None)
            if number is not None:
                found.append(int(self.file_arch[number]))
        return found

    @cached_property
    def file_is_header(self) -> NDArray[np.bool_]:
        """Which files are headers."""
        return np.array([f.endswith(".h") for f in self.files], dtype=np.bool_)

    @cached_property
    def file_is_public(self) -> NDArray[np.bool_]:
        """Which files lie where everybody's headers do."""
        return np.array([_PUBLIC.match(f) is not None for f in self.files], dtype=np.bool_)

    @cached_property
    def file_is_common(self) -> NDArray[np.bool_]:
        """Which files lie in the tree's own ``include`` folder."""
        return np.array([f.startswith("include/") for f in self.files], dtype=np.bool_)

    @cached_property
    def folders(self) -> Ids:
        """Of each file, numbers of the folders that it lies in, outermost first; -1: no more."""
        known: dict[str, int] = {}
        found = np.full((len(self.files), _DEEPEST), -1, dtype=np.int64)
        for number, path in enumerate(self.files):
            at = path.find("/")
            for depth in range(_DEEPEST):
                if at < 0:
                    break
                found[number, depth] = known.setdefault(path[:at], len(known))
                at = path.find("/", at + 1)
        return found

    @cached_property
    def is_private(self) -> NDArray[np.bool_]:
        """Which callable items only their own file can call."""
        macro = self.items["kind"] != FUNCTION
        static = (self.items["flags"] & STATIC) != 0
        return np.asarray((macro | static) & ~self.file_is_header[self.item_file])

    @cached_property
    def _by_hash(self) -> Ids:
        return np.argsort(self.items["hash"], kind="stable")

    def named(self, name: str) -> list[int]:
        """The callable items called *name*."""
        value = signed(name_hash(name))
        order = self._by_hash
        sorted_ = self.items["hash"]
        low = np.searchsorted(sorted_, value, side="left", sorter=order)
        high = np.searchsorted(sorted_, value, side="right", sorter=order)
        return [int(i) for i in order[low:high] if self.is_callable[i]]


def join(files: Sequence[str], outlines: Outlines, *, consume: bool = False) -> Code:
    """The outlines of *files*, in order, with numbers that count through all of them.

    *consume*: nobody needs *outlines* any more, but for what they declare: they are a quarter
    of a gigabyte for a kernel.
    """
    given = outlines.arrays[:5]
    items, frames, calls, refs, names = given if consume else (array.copy() for array in given)
    counts = outlines.counts
    first = np.cumsum(counts, axis=0) - counts
    item_file = np.repeat(np.arange(len(files)), counts[:, ITEMS])
    calls["owner"] += np.repeat(first[:, ITEMS], counts[:, CALLS]).astype(np.uint32)
    refs["owner"] += np.repeat(first[:, ITEMS], counts[:, REFS]).astype(np.uint32)
    _shift(refs["frame"], np.repeat(first[:, FRAMES], counts[:, REFS]))
    _shift(frames["parent"], np.repeat(first[:, FRAMES], counts[:, FRAMES]))
    name_at = items["name"].astype(np.int64) + np.repeat(first[:, NAMES], counts[:, ITEMS])
    return Code(
        tuple(files), items, item_file, frames, calls, refs, names.tobytes() + b"\0", name_at
    )


def by_owner(calls: Records) -> Records:
    """*calls* in order of their owners."""
    owners = calls["owner"]
    if bool(np.all(owners[1:] >= owners[:-1])):
        return calls
    return calls[np.argsort(owners, kind="stable")]


def clean_text(code: Code, item: int, read: Callable[[str], bytes]) -> bytes:
    """The blanked text of an item."""
    start, end = int(code.items["start"][item]), int(code.items["end"][item])
    return blank(read(code.file(item))[start:end])


def _shift(column: NDArray[np.int32], by: Ids) -> None:
    """Add *by* to the numbers in *column* that are not -1."""
    column += np.where(column >= 0, by, 0).astype(np.int32)
