"""The outline of a file: what it defines, what that calls, and every word, in one pass.

No tree is built: braces, parentheses and the directives around them tell where a function
begins and ends, as kernel style has it.  This is what makes a whole kernel's call graph cost
seconds; what a function *says* is read by the parser, where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.data import load_toml, queries_dir
from lockmap.syntax.compiled import forget_compiled
from lockmap.syntax.hashing import fill_table, name_hash, signed
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks
from lockmap.syntax.mask_data import load_mask_data
from lockmap.syntax.outlining.memory import (
    ATTRIBUTE_WORD,
    CLASS_SLOTS,
    CLASSES,
    DECLARATOR,
    FLAGS,
    FUNCTION,
    HASH,
    INIT_WORD,
    ITEM_SIZE,
    ITEMS,
    KEYWORD,
    KIND,
    LOST,
    MOST_WORDS,
    NAME,
    NAME_END,
    REF_SIZE,
    REFS,
    ROOM,
    SHOUTED,
    SHOUTED_FUNCTIONS,
    TYPE_KEYWORD,
    VALUE_MACRO,
    WEAK_WORD,
    WORDS,
)
from lockmap.syntax.outlining.run import outline_into, take_into

Rows = NDArray[np.int64]
_KEYWORDS = (
    "if while for switch return do else sizeof _Generic goto case asm __asm__ __asm defined "
    "_Static_assert static_assert __alignof__ _Alignof typeof __typeof__ __typeof alignof"
)
_DECLARATORS = (
    "static extern inline const volatile unsigned signed void char short int long float double "
    "bool struct union enum typedef u8 u16 u32 u64 s8 s16 s32 s64 __init __exit"
)
_FIRST_WORD = re.compile(rb"\s*\(\s*(\w+)")
_PLAIN = re.compile(r"\w+\Z")
_LEAST_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class Outline:
    """What one file defines (``items``) and refers to (``refs``); columns: see outlining.memory."""

    clean: bytes
    """The text with comments and literals blank."""
    words: NDArray[np.uint32]
    """Short hashes of all names in it, each once."""
    items: Rows
    refs: Rows
    """The owner of each is the number of an item."""
    lost: int
    """Items and references that found no room: only a text that is no C has so many."""
    spelled: Mapping[int, bytes] = field(default_factory=dict)
    """Names of items that stand otherwise in the text (``sys_mincore``), by number."""


@cache
def _classes() -> NDArray[np.int64]:
    """The table of classes of words, as it stands in the memory."""
    data = load_mask_data()
    attributes = [w for w in (*data.attribute_words, *data.attribute_calls) if _PLAIN.match(w)]
    known = load_toml(queries_dir() / "globals.toml", dict[str, dict[str, str]])["type"]
    classes: dict[str, int] = {}
    for class_, words in (
        (KEYWORD, _KEYWORDS.split()),
        (DECLARATOR, _DECLARATORS.split()),
        (ATTRIBUTE_WORD, attributes),
        (TYPE_KEYWORD, ["struct", "union", "enum"]),
        (WEAK_WORD, data.weak_words),
        (INIT_WORD, data.init_words),
        (VALUE_MACRO, [name for name in known if _PLAIN.match(name)]),
    ):
        for word in words:
            classes[word] = classes.get(word, 0) | class_
    table = np.zeros(2 * CLASS_SLOTS, dtype=np.int64)
    fill_table(table, classes)
    return table


def _name_by_definers(items: Rows, clean: bytes) -> dict[int, bytes]:
    """Name what a definer macro defines (``SYSCALL_DEFINE3(mincore, ...) {``) by its argument.

    The names that the text does not spell (``sys_mincore``), by number of the item.
    """
    spelled: dict[int, bytes] = {}
    shouted = (items[:, KIND] == FUNCTION) & ((items[:, FLAGS] & SHOUTED) != 0)
    masks = load_masks()
    for number in np.flatnonzero(shouted).tolist():
        start, end = int(items[number, NAME]), int(items[number, NAME_END])
        inner = _FIRST_WORD.match(clean, end)
        rule = masks.definer(clean[start:end]) if inner is not None else None
        if inner is not None and rule is not None:
            items[number, NAME], items[number, NAME_END] = inner.span(1)
            name = rule.prefix.encode() + inner[1]
            items[number, HASH] = signed(name_hash(name))
            if rule.prefix:
                spelled[number] = name
    return spelled


class Outliner:
    """Outlines texts one after the other, in a memory that is made once."""

    def __init__(self) -> None:
        self._memory = np.zeros(0, dtype=np.int64)
        self._texts = 0
        try:
            self.outline(b"")
        except Exception:  # whatever a damaged file of compiled code makes of itself
            forget_compiled()
            self.outline(b"")

    def outline(self, text: bytes, *, refers: bool = True, declares: bool = False) -> Outline:
        """The outline of *text*, raw or blanked; without references unless it *refers*.

        With what types are read from besides where it *declares*: see :mod:`declared`.
        """
        clean = blank(text)
        self._texts += 1
        m = self._memory_for(len(text))
        slots = min(1 << max(8, min(20, (len(text) // 3).bit_length())), 2 * MOST_WORDS)
        code = np.frombuffer(clean, dtype=np.uint8)
        outline_into(code, m, self._texts, slots, refers, declares)
        items = np.empty(((m[ITEMS] - ROOM) // ITEM_SIZE, ITEM_SIZE), dtype=np.int64)
        refs = np.empty((m[REFS], REF_SIZE), dtype=np.int64)
        words = np.empty(m[WORDS], dtype=np.uint32)
        take_into(m, items, refs, words)
        spelled = _name_by_definers(items, clean) if m[SHOUTED_FUNCTIONS] else {}
        return Outline(clean, words, items, refs, int(m[LOST]), spelled)

    @property
    def memory(self) -> NDArray[np.int64]:
        """What the passes share: for the classes of words in it."""
        return self._memory

    def _memory_for(self, size: int) -> NDArray[np.int64]:
        wanted = ROOM + max(_LEAST_ROOM, 3 * size)
        if self._memory.size < wanted:
            self._memory = np.zeros(wanted, dtype=np.int64)
            self._memory[CLASSES : CLASSES + 2 * CLASS_SLOTS] = _classes()
        return self._memory
