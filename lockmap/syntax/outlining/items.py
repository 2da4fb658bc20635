"""Beginning and ending what a file defines."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    ARMS,
    ASSIGNED,
    ATTRIBUTE,
    BEFORE,
    BODY,
    CANDIDATE,
    CANDIDATE_END,
    CLOSED,
    DEAD,
    DEAD_CODE,
    DECLARATION,
    DECLARES,
    DEPTH,
    END,
    END_LINE,
    FIRST_REF,
    FLAGS,
    FRAME,
    FRESH,
    FUNCTION,
    HASH,
    INITIALISER,
    ITEM,
    ITEM_FLAGS,
    ITEM_KIND,
    ITEM_LINE,
    ITEM_REFS,
    ITEM_SIZE,
    ITEM_START,
    ITEMS,
    KIND,
    LAST,
    LAST_END,
    LAST_FUNCTION,
    LEVEL,
    LINE,
    NAME,
    NAME_END,
    NOW_LINE,
    OTHER,
    PAREN,
    REFS,
    SEMICOLON,
    SHOUTED,
    SHOUTED_FUNCTIONS,
    START,
    TAG,
    TAG_END,
    TYPE,
    TYPE_WORD,
    TYPEDEF,
    Memory,
)
from lockmap.syntax.outlining.places import end_statement
from lockmap.syntax.outlining.references import drop_locals, has_room, new_item


@inlined
def begin_item(m: Memory, start: int) -> None:
    if not has_room(m):
        return
    m[ITEM], m[ITEM_START], m[ITEM_LINE] = new_item(m), start, m[NOW_LINE]
    m[ITEM_REFS], m[ITEM_KIND] = m[REFS], 0
    m[ITEM_FLAGS] = DEAD_CODE if m[DEAD] else 0
    m[CANDIDATE], m[CLOSED], m[ATTRIBUTE], m[ASSIGNED] = -1, 0, 0, 0
    m[TYPE_WORD], m[TAG], m[TYPEDEF], m[LAST] = 0, -1, 0, -1
    m[DEPTH] = 0
    end_statement(m)


@inlined
def keep_name(m: Memory, start: int, end: int) -> None:
    """Note the item's name while it is at hand; plus one, so that 0 is none."""
    m[m[ITEM] + NAME], m[m[ITEM] + NAME_END] = start + 1, end


@inlined
def inner_type(text: Bytes, m: Memory, at: int) -> None:
    """A struct that is defined inside something else."""
    if not has_room(m):
        return
    row = new_item(m)
    m[row + KIND], m[row + NAME], m[row + NAME_END] = TYPE, m[TAG], m[TAG_END]
    m[row + START], m[row + BODY], m[row + END] = m[TAG], at, at
    m[row + LINE], m[row + END_LINE], m[row + FIRST_REF] = m[NOW_LINE], m[NOW_LINE], m[REFS]
    m[row + HASH] = hash_span(text, m[TAG], m[TAG_END])


@inlined
def inner_declaration(m: Memory, at: int) -> None:
    """Keep where a function declares variables with a struct that has no tag."""
    if has_room(m):
        row = new_item(m)
        m[row + KIND], m[row + NAME], m[row + NAME_END] = DECLARATION, -1, -1
        m[row + START], m[row + BODY], m[row + END] = at, at, at
        m[row + LINE], m[row + END_LINE], m[row + FIRST_REF] = m[NOW_LINE], m[NOW_LINE], m[REFS]


@inlined
def _write_item(
    text: Bytes,
    m: Memory,
    row: int,
    kind: int,
    name: int,
    name_end: int,
    end: int,
) -> None:
    m[row + KIND], m[row + NAME], m[row + NAME_END] = kind, name, name_end if name >= 0 else -1
    m[row + START], m[row + END] = m[ITEM_START], end
    m[row + LINE], m[row + END_LINE] = m[ITEM_LINE], m[NOW_LINE]
    shouted = SHOUTED if name >= 0 and is_shouted(text, name, name_end) else 0
    m[SHOUTED_FUNCTIONS] += kind == FUNCTION and shouted != 0
    m[row + FLAGS], m[row + FIRST_REF] = m[ITEM_FLAGS] | shouted, m[ITEM_REFS]
    m[row + HASH] = hash_span(text, name, name_end) if name >= 0 else 0


@inlined
def is_shouted(text: Bytes, start: int, end: int) -> bool:
    lower = 0
    for at in range(start, end):
        lower += 97 <= text[at] < 123
    return lower == 0


@inlined
def _forget_item(m: Memory, number: int) -> None:
    """Take back the rows of an item, unless something else was defined in it."""
    for row in range(number + ITEM_SIZE, m[ITEMS], ITEM_SIZE):
        if m[row + KIND] != FRAME:
            return
    m[ITEMS] = number


@inlined
def _note_declaration(m: Memory, end: int) -> None:
    """Keep where variables or types are declared that are nothing else to an outline."""
    if has_room(m) and not m[DEAD]:
        row = new_item(m)
        m[row + KIND], m[row + NAME], m[row + NAME_END] = DECLARATION, -1, -1
        m[row + START], m[row + END], m[row + FIRST_REF] = m[ITEM_START], end, m[REFS]
        m[row + LINE], m[row + END_LINE] = m[ITEM_LINE], m[NOW_LINE]


@inlined
def end_item(text: Bytes, m: Memory, end: int) -> None:
    """Finish the item at hand, or forget it where it defines and refers to nothing."""
    number = m[ITEM]
    if number == 0:
        return
    kind = m[ITEM_KIND]
    first = m[CANDIDATE]
    name, name_end = first, m[CANDIDATE_END]
    if kind == 0 and first >= 0 and m[CLOSED]:
        used = first == m[ITEM_START] or is_shouted(text, first, name_end)
        kind = OTHER if used else 0
    if kind in (TYPE, INITIALISER):
        name, name_end = m[number + NAME] - 1, m[number + NAME_END]
        if kind == TYPE and name < 0 and m[TYPEDEF]:
            name, name_end = m[LAST], m[LAST_END]
    referred = m[REFS] > m[ITEM_REFS]
    used = kind == OTHER and name >= 0
    if kind == 0 or (kind in (INITIALISER, OTHER) and not referred and not used):
        m[REFS] = m[ITEM_REFS]
        _forget_item(m, number)
        if m[DECLARES] and kind != OTHER and first < 0 and (m[TYPEDEF] or m[TAG] != m[LAST]):
            _note_declaration(m, end)
    else:
        _write_item(text, m, number, kind, name, name_end, end)
        if kind == FUNCTION:
            m[LAST_FUNCTION] = number
            drop_locals(m, number, m[ITEM_REFS])
    m[ITEM], m[ITEM_KIND], m[CLOSED], m[ASSIGNED] = 0, 0, 0, 0
    m[PAREN], m[DEPTH] = 0, 0


@inlined
def end_text(text: Bytes, m: Memory, end: int) -> None:
    """Close all that a text left open: none of it goes on in the text after it."""
    end_item(text, m, end)
    m[LEVEL], m[PAREN], m[DEPTH], m[ARMS], m[DEAD], m[FRESH] = 0, 0, 0, 0, 0, 1
    m[BEFORE], m[CANDIDATE], m[TAG], m[LAST] = SEMICOLON, -1, -1, -1
    m[LAST_FUNCTION], m[TYPEDEF], m[TYPE_WORD], m[ATTRIBUTE] = 0, 0, 0, 0
    end_statement(m)
