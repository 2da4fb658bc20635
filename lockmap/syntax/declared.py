"""Types that a text declares, and the chains of its calls through members, in one pass.

What an outline points at is read once more, and only that: the definitions of structs,
declarations at file level, the heads of functions, and what stands before a member that is
called or assigned.  Everything is a number; the steps of a chain are resolved for a whole
tree at once (:mod:`lockmap.program.owners`).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.data import load_toml, queries_dir
from lockmap.syntax.compiled import forget_compiled
from lockmap.syntax.declaring.memory import (
    AGGREGATE,
    CLASS_SLOTS,
    CLASSES,
    ENUM,
    GROUP,
    LOST,
    MEMO_BASE,
    MEMO_SIZE,
    MEMO_SLOTS,
    PREFIX,
    QUALIFIER,
    ROOM,
    ROOM_END,
    ROW_SIZE,
    ROWS,
    SCALAR_WORD,
    STATE_SIZE,
    STATEMENT,
    TYPEDEF_WORD,
)
from lockmap.syntax.declaring.run import chains_into, declare_into
from lockmap.syntax.declaring.spans import (
    MOST_ARGUMENTS,
    SPAN_SIZE,
    find_arguments,
    find_spans,
)
from lockmap.syntax.hashing import fill_table
from lockmap.syntax.mask_data import load_mask_data
from lockmap.syntax.outline import Outline

Rows = NDArray[np.int64]
_WORDS = {
    QUALIFIER: "const volatile static extern register auto inline restrict asmlinkage noinline "
    "__const __volatile__ __restrict __extension__ __inline __inline__ __attribute__",
    AGGREGATE: "struct union",
    ENUM: "enum",
    SCALAR_WORD: "void char short int long float double signed unsigned bool _Bool size_t ssize_t "
    "u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 __le16 __le32 "
    "__le64 __be16 __be32 __be64 uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t "
    "int64_t uint ulong loff_t gfp_t pid_t dev_t dma_addr_t phys_addr_t resource_size_t",
    TYPEDEF_WORD: "typedef",
    STATEMENT: "while if for switch sizeof typeof __typeof__ __typeof _Generic offsetof alignof "
    "__alignof__ _Alignof",
    PREFIX: "return else goto case default do break continue",
}
_LEAST_ROOM = 1 << 16


@cache
def _classes() -> NDArray[np.int64]:
    """The table of classes of words, as it stands in the memory."""
    masks = load_mask_data()
    classes = {
        w: QUALIFIER for w in (*masks.attribute_words, *masks.attribute_calls) if w.isidentifier()
    }
    for class_, words in _WORDS.items():
        classes.update(dict.fromkeys(words.split(), class_))
    groups = load_toml(queries_dir() / "types.toml", dict[str, object])["member_groups"]
    assert isinstance(groups, list)
    classes.update(dict.fromkeys(groups, GROUP))
    table = np.zeros(2 * CLASS_SLOTS, dtype=np.int64)
    fill_table(table, classes)
    return table


def _rows(m: NDArray[np.int64]) -> Rows:
    return m[ROOM : ROOM + ROW_SIZE * m[ROWS]].reshape(-1, ROW_SIZE).copy()


class TypeReader:
    """Reads the types of outlines one after the other, in a memory that is made once."""

    def __init__(self) -> None:
        self._memory = np.zeros(0, dtype=np.int64)
        self._spans: Rows = np.zeros((1024, SPAN_SIZE), dtype=np.int64)
        try:
            self.warm()
        except Exception:  # whatever a damaged file of compiled code makes of itself
            forget_compiled()
            self.warm()

    def warm(self) -> None:
        """Load the compiled passes, or compile them."""
        m = self._start(0)
        empty = np.zeros((0, 1), dtype=np.int64)
        text = np.frombuffer(b"", dtype=np.uint8)
        declare_into(text, empty, m)
        chains_into(text, self._spans, find_spans(text, empty, empty, self._spans, m), m)

    def read(self, outline: Outline) -> Rows:
        """Rows of what *outline*, made with ``declares``, declares; columns: declaring.memory."""
        m = self._start(len(outline.clean))
        items, refs = outline.items, outline.refs
        text = np.frombuffer(outline.clean, dtype=np.uint8)
        declare_into(text, items, m)
        spans = self._room_for(len(items) + len(refs))
        chains_into(text, spans, find_spans(text, items, refs, spans, m), m)
        return _rows(m)

    def arguments(self, clean: bytes, calls: Rows) -> Rows:
        """Rows of the chains of the arguments of *calls* in the blanked text *clean*.

        Of a call: where its name stands, where the function (or macro) begins that it stands in,
        and where the body of that does.  Of a row of a chain: which call (``ROW_OWNER``), which
        argument (``ROW_TYPE``), where it stands (``ROW_AT``), and the hash of the word that it
        is, if it is one.
        """
        m = self._start(2 * len(clean) + 64 * len(calls))
        text = np.frombuffer(clean, dtype=np.uint8)
        spans = self._room_for(MOST_ARGUMENTS * len(calls))
        chains_into(text, spans, find_arguments(text, calls, spans), m)
        return _rows(m)

    def _room_for(self, count: int) -> Rows:
        if len(self._spans) < count:
            self._spans = np.zeros((2 * count, SPAN_SIZE), dtype=np.int64)
        return self._spans

    def _start(self, size: int) -> NDArray[np.int64]:
        m = self._memory_for(size)
        m[:STATE_SIZE] = 0
        m[MEMO_BASE : MEMO_BASE + MEMO_SLOTS * MEMO_SIZE] = -1
        m[ROOM_END] = m.size
        return m

    @property
    def lost(self) -> int:
        """Rows of the last text that found no room: only a text that is no C has so many."""
        return int(self._memory[LOST])

    def _memory_for(self, size: int) -> NDArray[np.int64]:
        wanted = ROOM + max(_LEAST_ROOM, 2 * size)
        if self._memory.size < wanted:
            self._memory = np.zeros(wanted, dtype=np.int64)
            self._memory[CLASSES : CLASSES + 2 * CLASS_SLOTS] = _classes()
        return self._memory
