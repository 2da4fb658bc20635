"""Directives: macros are items of their own; the arms of a condition keep the braces even."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    ARM_BASE,
    ARM_SIZE,
    ARMS,
    BACKSLASH,
    BODY,
    CLOSE,
    DEAD,
    DEAD_CODE,
    DECLARES,
    DEPTH,
    DIRECTIVE_END,
    END,
    END_LINE,
    FIRST_REF,
    FLAGS,
    FRESH,
    HASH,
    IS_NULL,
    ITEM_SIZE,
    ITEMS,
    KIND,
    LAST_MEMBER,
    LEVEL,
    LINE,
    MACRO,
    MACRO_DEPTH,
    MACRO_ITEM,
    MACRO_REFS,
    MAKES_VALUE,
    MEMBER_MACRO,
    MOST_ARMS,
    NAME,
    NAME_END,
    NEWLINE,
    NOW_LINE,
    OBJECT_MACRO,
    OPEN,
    OTHER,
    PAREN,
    REFS,
    RETURN,
    SEMICOLON,
    SHARP,
    SPACE,
    START,
    TAB,
    Memory,
    byte_at,
    follow,
    in_word,
    is_letter,
    next_code,
)
from lockmap.syntax.outlining.references import (
    drop_locals,
    has_room,
    mark_local,
    new_item,
    note_word,
)


@inlined
def _is_continued(text: Bytes, newline: int) -> bool:
    at = newline - 1
    if at >= 0 and text[at] == RETURN:
        at -= 1
    return at >= 0 and text[at] == BACKSLASH


@inlined
def _is_zero(text: Bytes, at: int) -> bool:
    while at < text.size and text[at] in (SPACE, TAB):
        at += 1
    return byte_at(text, at) == 48 and byte_at(text, at + 1) in (NEWLINE, SPACE, RETURN, 0)


@inlined
def _is_null(text: Bytes, at: int) -> int:
    """Whether what stands there is NULL."""
    null = byte_at(text, at) == 78 and byte_at(text, at + 1) == 85
    null = null and byte_at(text, at + 2) == byte_at(text, at + 3) == 76
    return 1 if null and byte_at(text, at + 4) <= SPACE else 0


@inlined
def _define(text: Bytes, at: int, end: int, m: Memory) -> int:
    """The macro that a ``#define`` gives: an item of its own, wherever it stands."""
    at = next_code(text, at)
    name = at
    while at < end and in_word(text[at]):
        at += 1
    if at == name or not has_room(m):
        return at
    row = new_item(m)
    m[MACRO_ITEM], m[LAST_MEMBER] = row, 0
    takes = byte_at(text, at) == OPEN
    m[row + KIND], m[row + NAME], m[row + NAME_END] = MACRO if takes else OBJECT_MACRO, name, at
    m[row + START], m[row + BODY], m[row + END] = name, at, end
    m[row + LINE], m[row + END_LINE], m[row + FIRST_REF] = m[NOW_LINE], m[NOW_LINE], m[REFS]
    m[row + FLAGS] = DEAD_CODE if m[DEAD] else 0
    m[row + HASH] = hash_span(text, name, at)
    note_word(m, m[row + HASH])
    if takes:
        depth = 0
        while at < end:
            if text[at] == OPEN:
                depth += 1
            elif text[at] == CLOSE:
                depth -= 1
                if depth == 0:
                    at += 1
                    break
            elif is_letter(text[at]):
                first = at
                while at < end and in_word(text[at]):
                    at += 1
                mark_local(m, hash_span(text, first, at))
                continue
            elif text[at] == NEWLINE:
                m[NOW_LINE] += 1
            at += 1
    m[row + BODY] = next_code(text, at)
    m[IS_NULL] = 0 if takes else _is_null(text, int(m[row + BODY]))
    return at


@inlined
def end_macro(m: Memory) -> None:
    """Leave the directive that the pass is in, if it is in one."""
    if m[DIRECTIVE_END] == 0:
        return
    row = m[MACRO_ITEM]
    if row:
        drop_locals(m, row, m[MACRO_REFS])
        m[row + END_LINE] = m[NOW_LINE]
        makes = m[row + FLAGS] & MAKES_VALUE
        if m[row + KIND] == OBJECT_MACRO and m[REFS] == m[MACRO_REFS] and not makes:
            m[row + KIND] = MEMBER_MACRO if m[DECLARES] and m[LAST_MEMBER] else 0
            if m[IS_NULL]:
                m[row + KIND] = OTHER  # its name is none of a function that is defined elsewhere
            if m[row + KIND] == 0 and row == m[ITEMS] - ITEM_SIZE:
                m[ITEMS] = row
    m[DIRECTIVE_END], m[MACRO_ITEM], m[DEPTH] = 0, 0, m[MACRO_DEPTH]
    follow(m, SEMICOLON)


@inlined
def _open_arm(m: Memory, dead: bool) -> None:
    number = m[ARMS]
    m[ARMS] = number + 1
    if number < MOST_ARMS:
        arm = ARM_BASE + number * ARM_SIZE
        m[arm], m[arm + 1], m[arm + 2], m[arm + 3] = m[LEVEL], m[PAREN], -1, 0
        m[arm + 4], m[arm + 5] = 1 if dead else 0, m[DEPTH]
        m[DEAD] += m[arm + 4]


@inlined
def _next_arm(m: Memory) -> None:
    number = m[ARMS] - 1
    if not 0 <= number < MOST_ARMS:
        return
    arm = ARM_BASE + number * ARM_SIZE
    if m[arm + 2] < 0:
        m[arm + 2], m[arm + 3] = m[LEVEL], m[PAREN]
    m[DEAD] -= m[arm + 4]
    m[arm + 4] = 0
    m[LEVEL], m[PAREN], m[DEPTH] = m[arm], m[arm + 1], m[arm + 5]


@inlined
def _close_arm(m: Memory) -> None:
    number = m[ARMS] - 1
    if number < 0:
        return
    m[ARMS] = number
    if number >= MOST_ARMS:
        return
    arm = ARM_BASE + number * ARM_SIZE
    if m[arm + 2] >= 0:
        m[LEVEL], m[PAREN] = m[arm + 2], m[arm + 3]
    m[DEAD] -= m[arm + 4]


@inlined
def directive(text: Bytes, start: int, m: Memory) -> int:
    """Enter the directive at *start*: its words are read as those of a macro, or of none."""
    end = start
    while end < text.size and text[end] != NEWLINE:
        end += 1
        while end < text.size and text[end] == NEWLINE and _is_continued(text, end):
            end += 1
    at = start + 1
    while at < end and text[at] in (SPACE, TAB):
        at += 1
    first, length = at, 0
    while at < end and 97 <= text[at] < 123:
        at, length = at + 1, length + 1
    letter = int(text[first]) if length else 0
    m[MACRO_ITEM], m[MACRO_REFS] = 0, m[REFS]
    m[DIRECTIVE_END], m[MACRO_DEPTH] = end, m[DEPTH]
    if letter == 100 and length == 6:  # define
        at = _define(text, at, end, m)
    elif letter == 105 and length <= 6 and text[first + 1] == 102:  # if, ifdef, ifndef
        _open_arm(m, length == 2 and _is_zero(text, at))
    elif letter == 101 and length == 5:  # endif
        _close_arm(m)
    elif letter == 101:  # else, elif
        _next_arm(m)
    m[FRESH] = 0
    follow(m, SHARP)
    return at
