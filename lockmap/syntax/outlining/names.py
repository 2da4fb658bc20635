"""Names: what each does for the item it stands in."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.items import begin_item, end_item, is_shouted
from lockmap.syntax.outlining.memory import (
    AMPERSAND,
    ARGUMENT,
    ARROW,
    ASSIGNED,
    ASSIGNMENT,
    ATTRIBUTE,
    ATTRIBUTES,
    BEFORE,
    BEFORE_THAT,
    BEGIN,
    BODY,
    CALL,
    CANDIDATE,
    CANDIDATE_END,
    CLOSE,
    CLOSED,
    COLON,
    COMMA,
    DEAD,
    DECLARATORS,
    DIRECTIVE_END,
    DOT,
    FINISH,
    FIRST_NAME,
    ITEM,
    ITEM_FLAGS,
    ITEM_KIND,
    KEYWORDS,
    KIND,
    LAST,
    LAST_END,
    LAST_HASH,
    LAST_MEMBER,
    LEVEL,
    MACRO_ITEM,
    MEMBER_CALL,
    NAME_BYTE,
    NOW_LINE,
    OBJECT_MACRO,
    OPEN,
    PAREN,
    SEMICOLON,
    STATIC,
    TAG,
    TAG_END,
    TARGET,
    TARGET_MEMBER,
    TYPE_WORD,
    TYPEDEF,
    TYPES,
    Memory,
    byte_at,
    follow,
    in_table,
    is_letter,
    next_code,
)
from lockmap.syntax.outlining.places import (
    CHAIN,
    INDEX,
    NO_VALUE,
    NOTHING,
    WHO,
    WITHIN,
    note_type,
    top,
    value_kind,
)
from lockmap.syntax.outlining.references import mark_local, note_word, refer


@inlined
def _ends_value(text: Bytes, following: int, after: int) -> bool:
    """Whether what follows a name ends a value, and is not the end of a cast."""
    if after == CLOSE:
        beyond = byte_at(text, next_code(text, following + 1))
        return not (is_letter(beyond) or 48 <= beyond < 58)
    return after in (COMMA, SEMICOLON, FINISH, COLON)


@inlined
def _is_alias(start: int, following: int, m: Memory) -> bool:
    """Whether a name is all that an object-like macro stands for: ``#define f __f``."""
    row = m[MACRO_ITEM]
    return (
        m[DIRECTIVE_END] > 0
        and following >= m[DIRECTIVE_END]
        and row > 0
        and m[row + KIND] == OBJECT_MACRO
        and m[row + BODY] == start
    )


@inlined
def _use(
    text: Bytes,
    start: int,
    end: int,
    value: int,
    following: int,
    after: int,
    m: Memory,
) -> None:
    """A name inside something: a call, a value, or neither."""
    if m[DEAD]:
        return
    before = m[BEFORE]
    member = before in (ARROW, DOT)
    if _is_alias(start, following, m):
        if not is_shouted(text, start, end):
            refer(m, value, start, CALL, 0, 0, 0)
    elif after == OPEN:
        if not in_table(m, KEYWORDS, value) and not in_table(m, ATTRIBUTES, value):
            refer(m, value, start, MEMBER_CALL if member else CALL, 0, 0, 0)
    elif not member:
        if before == AMPERSAND:
            before = m[BEFORE_THAT]
        kind = value_kind(before, m)
        if kind == NOTHING:
            return
        if kind != NO_VALUE and _ends_value(text, following, after):
            if not is_shouted(text, start, end):  # a constant
                _refer_value(m, value, start, kind)
        else:
            mark_local(m, value)


@inlined
def _refer_value(m: Memory, value: int, start: int, kind: int) -> None:
    at = top(m)
    if kind == ASSIGNMENT:
        refer(m, value, start, kind, m[TARGET], m[TARGET_MEMBER], 0)
    elif kind == ARGUMENT:
        refer(m, value, start, kind, m[at + WHO], m[at + INDEX], 0)
    else:
        frame = m[at + CHAIN] if m[at + CHAIN] else m[at + WITHIN]
        refer(m, value, start, kind, m[at + WHO], m[at + INDEX], frame)


@inlined
def _head(
    text: Bytes,
    start: int,
    end: int,
    value: int,
    after: int,
    m: Memory,
) -> None:
    """A name outside everything: of a declaration, or of what is defined."""
    if m[CLOSED] and m[PAREN] == 0 and m[NOW_LINE] > m[CLOSED]:
        shouted = is_shouted(text, m[CANDIDATE], m[CANDIDATE_END])
        again = after == OPEN and not in_table(m, ATTRIBUTES, value)
        if (shouted and (again or after != OPEN)) or in_table(m, DECLARATORS, value):
            end_item(text, m, start)  # a macro on a line of its own
    if m[ITEM] == 0:
        begin_item(m, start)
    if m[PAREN] > 0 or m[ASSIGNED]:
        return
    if in_table(m, TYPES, value):
        m[TYPE_WORD], m[TAG] = 1, -1
    elif in_table(m, ATTRIBUTES, value):
        if after == OPEN:
            m[ATTRIBUTE] = 1
    elif after == OPEN and not in_table(m, DECLARATORS, value):
        if m[CANDIDATE] < 0 and not in_table(m, KEYWORDS, value):
            m[CANDIDATE], m[CANDIDATE_END] = start, end
        else:
            m[ATTRIBUTE] = 1
    else:
        if end - start == 6 and text[start] == 115 and text[start + 3] == 116:  # static
            m[ITEM_FLAGS] |= STATIC
        if end - start == 7 and text[start] == 116 and text[start + 4] == 100:  # typedef
            m[TYPEDEF] = 1
        if m[TYPE_WORD] and m[TAG] < 0:
            m[TAG], m[TAG_END] = start, end
            note_type(m, value)
        elif m[FIRST_NAME] == 0 and not in_table(m, DECLARATORS, value):
            m[FIRST_NAME] = value


@inlined
def name(text: Bytes, start: int, m: Memory) -> int:
    """Go past the name at *start*."""
    end = start
    while end < text.size and (is_letter(text[end]) or 48 <= text[end] < 58):
        end += 1
    value = hash_span(text, start, end)
    note_word(m, value)
    following = next_code(text, end)
    after = byte_at(text, following)
    inside = m[DIRECTIVE_END] > 0
    if not inside and m[LEVEL] == 0 and m[ITEM_KIND] == 0:
        _head(text, start, end, value, after, m)
    if inside or m[LEVEL] > 0 or m[PAREN] > 0 or m[ASSIGNED]:
        if in_table(m, TYPES, value):
            m[TYPE_WORD], m[TAG] = 1, -1
            note_type(m, 0)
        elif m[TYPE_WORD] and m[TAG] < 0 and not in_table(m, ATTRIBUTES, value):
            m[TAG], m[TAG_END] = start, end
            note_type(m, value)
        elif m[FIRST_NAME] == 0 and m[BEFORE] in (SEMICOLON, BEGIN, FINISH):
            m[FIRST_NAME] = value
        _use(text, start, end, value, following, after, m)
    if not in_table(m, ATTRIBUTES, value):
        m[LAST], m[LAST_END] = start, end
    m[LAST_HASH] = 0 if in_table(m, KEYWORDS, value) else value
    m[LAST_MEMBER] = 1 if m[BEFORE] in (ARROW, DOT) else 0
    follow(m, NAME_BYTE)
    return end
