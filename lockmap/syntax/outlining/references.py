"""References of an item to other names, and the names that are its own."""

from __future__ import annotations

from lockmap.syntax.compiled import inlined
from lockmap.syntax.outlining.memory import (
    AT,
    AT_LINE,
    BODY,
    CLASS_BITS,
    CONTEXT,
    DIRECTIVE_END,
    IN_FRAME,
    ITEM,
    ITEM_SIZE,
    ITEMS,
    LAST_FUNCTION,
    LOST,
    MACRO_ITEM,
    MARK,
    MARKED,
    MARKED_SLOTS,
    MOST_WORDS,
    NOW_LINE,
    OWNER,
    POSITION,
    REF_HASH,
    REF_KIND,
    REF_SIZE,
    REFS,
    ROOM_END,
    SEEN,
    SEEN_MASK,
    SEEN_MOST,
    SEEN_STAMP,
    VALUE,
    WORD_LIST,
    WORDS,
    Memory,
    class_of,
)

_CLASS_MASK = (1 << CLASS_BITS) - 1
_AS_FUNCTION = 0x2F1B
"""Makes of the hash of a parameter's name what it is noted by as one that may be a function."""


@inlined
def note_word(m: Memory, value: int) -> int:
    """Note that the text has the word; returns its classes."""
    mask, stamp = m[SEEN_MASK], m[SEEN_STAMP]
    slot = value & mask
    while m[SEEN + 2 * slot] >> CLASS_BITS == stamp:
        if m[SEEN + 2 * slot + 1] == value:
            return int(m[SEEN + 2 * slot] & _CLASS_MASK)
        slot = (slot + 1) & mask
    classes = class_of(m, value)
    if 2 * m[WORDS] >= mask and mask < m[SEEN_MOST]:
        _grow(m)
        slot = _free_slot(m, value)
    if m[WORDS] < MOST_WORDS and 2 * m[WORDS] < m[SEEN_MASK]:
        m[SEEN + 2 * slot] = (m[SEEN_STAMP] << CLASS_BITS) | classes
        m[SEEN + 2 * slot + 1] = value
        m[WORD_LIST + m[WORDS]] = value
        m[WORDS] += 1
    return classes


@inlined
def _free_slot(m: Memory, value: int) -> int:
    """Where a word goes that is not among those noted."""
    mask, stamp = m[SEEN_MASK], m[SEEN_STAMP]
    slot = value & mask
    while m[SEEN + 2 * slot] >> CLASS_BITS == stamp:
        slot = (slot + 1) & mask
    return int(slot)


@inlined
def _grow(m: Memory) -> None:
    """Give the words noted so far more places."""
    m[SEEN_MASK] = min(4 * (m[SEEN_MASK] + 1) - 1, m[SEEN_MOST])
    m[SEEN_STAMP] += 1
    for number in range(m[WORDS]):
        value = m[WORD_LIST + number]
        slot = _free_slot(m, value)
        m[SEEN + 2 * slot] = (m[SEEN_STAMP] << CLASS_BITS) | class_of(m, value)
        m[SEEN + 2 * slot + 1] = value


@inlined
def has_room(m: Memory) -> bool:
    """Whether one more item or reference has a place; what has none is counted as lost."""
    if m[ITEMS] + ITEM_SIZE + (m[REFS] + 1) * REF_SIZE > m[ROOM_END]:
        m[LOST] += 1
        return False
    return True


@inlined
def new_item(m: Memory) -> int:
    """A row for one more item, all 0; ask for room first."""
    row = int(m[ITEMS])
    m[ITEMS] = row + ITEM_SIZE
    for column in range(ITEM_SIZE):
        m[row + column] = 0
    m[row + BODY] = -1
    return row


@inlined
def _ref(m: Memory, number: int) -> int:
    return int(m[ROOM_END]) - (number + 1) * REF_SIZE


@inlined
def refer(
    m: Memory, value: int, start: int, kind: int, context: int, position: int, frame: int
) -> None:
    """Note a reference of the item at hand; columns: see memory."""
    owner = m[MACRO_ITEM] if m[DIRECTIVE_END] else m[ITEM]
    if owner == 0 and m[DIRECTIVE_END] == 0:
        owner = m[LAST_FUNCTION]
    if owner == 0 or not has_room(m):
        return
    row = _ref(m, m[REFS])
    m[row + OWNER], m[row + AT], m[row + AT_LINE] = owner, start, m[NOW_LINE]
    m[row + REF_KIND], m[row + REF_HASH] = kind, value
    m[row + CONTEXT], m[row + POSITION], m[row + IN_FRAME] = context, position, frame
    m[REFS] += 1


@inlined
def _local_slot(m: Memory, owner: int, value: int) -> int:
    """Where *value* is among the names marked for *owner*, or would be; -1 where it is full."""
    stamp = (m[MARK] << 32) + owner
    slot = value & (MARKED_SLOTS - 1)
    for _ in range(64):
        at = MARKED + 2 * slot
        if m[at] != stamp or m[at + 1] == value:
            return at
        slot = (slot + 1) & (MARKED_SLOTS - 1)
    return -1


@inlined
def mark_local(m: Memory, value: int) -> None:
    """Note that *value* names something of the item's own: a variable, a type, a label."""
    owner = m[MACRO_ITEM] if m[DIRECTIVE_END] else m[ITEM]
    at = _local_slot(m, owner, value)
    if at >= 0:
        m[at], m[at + 1] = (m[MARK] << 32) + owner, value


@inlined
def _is_local(m: Memory, owner: int, value: int) -> bool:
    at = _local_slot(m, owner, value)
    return at >= 0 and m[at] == (m[MARK] << 32) + owner


@inlined
def mark_function_parameter(m: Memory, value: int) -> None:
    """Note that *value* names a parameter of the item's that may be a function."""
    mark_local(m, value ^ _AS_FUNCTION)


@inlined
def drop_locals(m: Memory, owner: int, first: int) -> None:
    """Forget the values and arguments of *owner* that are its own variables.

    Parameters that may be functions are kept: they may be passed on to who calls them.
    """
    kept = first
    for number in range(first, m[REFS]):
        row = _ref(m, number)
        if (
            m[row + OWNER] == owner
            and m[row + REF_KIND] >= VALUE
            and _is_local(m, owner, m[row + REF_HASH])
            and not _is_local(m, owner, m[row + REF_HASH] ^ _AS_FUNCTION)
        ):
            continue
        if kept != number:
            target = _ref(m, kept)
            for column in range(REF_SIZE):
                m[target + column] = m[row + column]
        kept += 1
    m[REFS] = kept
