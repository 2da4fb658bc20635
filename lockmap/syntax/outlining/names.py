"""Names: what each does for the item it stands in."""

from __future__ import annotations

import numpy as np

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.hashing import FNV_PRIME, FNV_START
from lockmap.syntax.outlining.items import begin_item, end_item, is_shouted
from lockmap.syntax.outlining.memory import (
    AMPERSAND,
    ARGUMENT,
    ARROW,
    ASSIGNED,
    ASSIGNMENT,
    ATTRIBUTE,
    ATTRIBUTE_WORD,
    BEFORE,
    BEFORE_THAT,
    BEGIN,
    BODY,
    CALL,
    CANDIDATE,
    CANDIDATE_END,
    CAST_BEFORE,
    CLOSE,
    CLOSED,
    COLON,
    COMMA,
    DEAD,
    DECLARATOR,
    DEPTH,
    DIRECTIVE_END,
    DOT,
    FINISH,
    FIRST_NAME,
    ITEM,
    ITEM_FLAGS,
    ITEM_KIND,
    KEYWORD,
    KIND,
    LAST,
    LAST_END,
    LAST_HASH,
    LAST_MEMBER,
    LEVEL,
    MACRO_DEPTH,
    MACRO_ITEM,
    MEMBER_CALL,
    NAME_BYTE,
    NOW_LINE,
    OBJECT_MACRO,
    OPEN,
    PAREN,
    REFERS,
    SEMICOLON,
    SHARP,
    SPACE,
    STAR,
    STATIC,
    TAG,
    TAG_END,
    TARGET,
    TARGET_MEMBER,
    TYPE,
    TYPE_KEYWORD,
    TYPE_WORD,
    TYPEDEF,
    TYPEOF,
    VALUE,
    VALUE_MACRO,
    Memory,
    byte_at,
    follow,
    in_word,
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
    stands_for_members,
    value_kind,
    value_place,
)
from lockmap.syntax.outlining.references import (
    mark_function_parameter,
    mark_local,
    note_word,
    refer,
)

_INDEXED, _UNDERSCORE = 93, 95  # ] _


@inlined
def _ends_value(text: Bytes, following: int, after: int) -> bool:
    """Whether what follows a name ends a value, and is not the end of a cast."""
    if after == CLOSE:
        beyond = byte_at(text, next_code(text, following + 1))
        return not (in_word(beyond))
    return after in (COMMA, SEMICOLON, FINISH, COLON)


@inlined
def _is_alias(start: int, following: int, m: Memory) -> bool:
    """Whether a name is all that an object-like macro stands for: ``#define f __f``."""
    row = int(m[MACRO_ITEM])
    if row == 0 or following < m[DIRECTIVE_END]:
        return False
    alias: bool = m[row + KIND] == OBJECT_MACRO and m[row + BODY] == start
    return alias


@inlined
def _is_listed(before: int, start: int, following: int, after: int, m: Memory) -> bool:
    """Whether a name is one of several that an object-like macro lists, or all of it but casts.

    ``#define OPS A_OPS, B_OPS`` and ``#define f ((void *)g)``.
    """
    row = int(m[MACRO_ITEM])
    if row == 0 or m[row + KIND] != OBJECT_MACRO:
        return False
    last = following >= m[DIRECTIVE_END]
    if before == SHARP:
        return after == COMMA or (after == CLOSE and not last and m[row + BODY] != start)
    listed: bool = before == COMMA and (after == COMMA or last) and m[DEPTH] == m[MACRO_DEPTH]
    return listed


@inlined
def _refer_value(m: Memory, value: int, start: int, kind: int) -> None:
    at = value_place(m)
    if kind == ASSIGNMENT:
        refer(m, value, start, kind, m[TARGET], m[TARGET_MEMBER], 0)
    elif kind == ARGUMENT:
        refer(m, value, start, kind, m[at + WHO], m[at + INDEX], 0)
    else:
        frame = m[at + CHAIN] if m[at + CHAIN] else m[at + WITHIN]
        refer(m, value, start, kind, m[at + WHO], m[at + INDEX], frame)


@inlined
def _use_alone(
    text: Bytes, start: int, end: int, value: int, following: int, after: int, m: Memory
) -> None:
    """A name that is no member and not called: a value, or of the item's own."""
    before = m[BEFORE]
    if before == AMPERSAND:
        before = m[BEFORE_THAT]
    if before == CLOSE:
        before = m[CAST_BEFORE]
    if _is_listed(before, start, following, after, m):
        if before != SHARP or is_shouted(text, start, end) == (after == COMMA):
            refer(m, value, start, CALL, 0, 0, 0)
        return
    kind = value_kind(before, m)
    if kind == NOTHING:
        return
    if kind != NO_VALUE and _ends_value(text, following, after):
        # What is written in capitals is a constant, or a macro that sets several members.
        if not is_shouted(text, start, end) or (kind == VALUE and stands_for_members(m)):
            _refer_value(m, value, start, kind)
    else:
        mark_local(m, value)


@inlined
def _is_pasted(text: Bytes, start: int, m: Memory) -> bool:
    """Whether a name is only the end of one, after ``##``."""
    if m[BEFORE] != SHARP:
        return False
    at = start - 1
    while at > 0 and text[at] <= SPACE:
        at -= 1
    return at > 0 and text[at] == SHARP and text[at - 1] == SHARP


@inlined
def _use(
    text: Bytes,
    start: int,
    end: int,
    value: int,
    word: int,
    following: int,
    after: int,
    m: Memory,
) -> None:
    """A name inside something: a call, a value, or neither."""
    if m[DEAD]:
        return
    member = m[BEFORE] in (ARROW, DOT)
    if _is_alias(start, following, m):
        if not is_shouted(text, start, end):
            refer(m, value, start, CALL, 0, 0, 0)
    elif after == OPEN:
        if word & (KEYWORD | ATTRIBUTE_WORD) == 0 and not _is_pasted(text, start, m):
            refer(m, value, start, MEMBER_CALL if member else CALL, 0, 0, 0)
    elif not member:
        if word & VALUE_MACRO:
            refer(m, value, start, CALL, 0, 0, 0)
        _use_alone(text, start, end, value, following, after, m)


@inlined
def _is_typeof(text: Bytes, at: int) -> bool:
    """Whether ``typeof`` or ``__typeof__`` stands at *at*."""
    while byte_at(text, at) == 95:
        at += 1
    return (
        byte_at(text, at) == 116
        and byte_at(text, at + 1) == 121
        and byte_at(text, at + 4) == 111
        and byte_at(text, at + 5) == 102
    )


@inlined
def _may_be_function(text: Bytes, start: int) -> bool:
    """Whether a parameter whose name begins at *start* looks like a function: by its type.

    ``(*name)(``, or a type whose name ends with ``_t``, ``_f``, ``_fn``, ``_cb`` or ``_func``.
    """
    at = start - 1
    while at > 0 and (text[at] <= SPACE or text[at] == STAR):
        at -= 1
    if text[at] == OPEN:
        return bool(text[at + 1] == STAR)
    if at < 5:
        return False
    last, second, third = text[at], text[at - 1], text[at - 2]
    if second == _UNDERSCORE:
        return bool(last in (102, 116))  # _f _t
    if third == _UNDERSCORE:
        return bool((second == 102 and last == 110) or (second == 99 and last == 98))  # _fn _cb
    # _func
    return bool(last == 99 and second == 110 and third == 117 and text[at - 3] == 102)


@inlined
def _note_parameter(text: Bytes, start: int, value: int, after: int, m: Memory) -> None:
    """Keep the name of a parameter that may be a function."""
    named = m[PAREN] > 0 and m[CANDIDATE] >= 0 and after in (COMMA, CLOSE)
    if named and _may_be_function(text, start):
        mark_function_parameter(m, value)


@inlined
def _note_typeof(text: Bytes, value: int, after: int, m: Memory) -> None:
    """Keep the name of the variable whose type another takes: ``typeof(name) x``."""
    if m[FIRST_NAME] == 0 and after == CLOSE and m[LAST] >= 0 and _is_typeof(text, m[LAST]):
        m[FIRST_NAME], m[TYPEOF] = value, 1


@inlined
def _head(
    text: Bytes,
    start: int,
    end: int,
    value: int,
    word: int,
    after: int,
    m: Memory,
) -> None:
    """A name outside everything: of a declaration, or of what is defined."""
    if m[CLOSED] and m[PAREN] == 0 and m[NOW_LINE] > m[CLOSED]:
        shouted = is_shouted(text, m[CANDIDATE], m[CANDIDATE_END])
        again = after == OPEN and word & ATTRIBUTE_WORD == 0
        if (shouted and (again or after != OPEN)) or word & DECLARATOR:
            end_item(text, m, start)  # a macro on a line of its own
    if m[ITEM] == 0:
        begin_item(m, start)
    if m[PAREN] > 0 or m[ASSIGNED]:
        _note_parameter(text, start, value, after, m)
        _note_typeof(text, value, after, m)
        return
    if word & TYPE_KEYWORD:
        m[TYPE_WORD], m[TAG] = 1, -1
    elif word & ATTRIBUTE_WORD:
        if after == OPEN:
            m[ATTRIBUTE] = 1
    elif after == OPEN and word & DECLARATOR == 0:
        if m[CANDIDATE] < 0 and word & KEYWORD == 0:
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
        elif m[FIRST_NAME] == 0 and word & DECLARATOR == 0:
            m[FIRST_NAME] = value


@inlined
def name(text: Bytes, start: int, m: Memory) -> int:
    """Go past the name at *start*."""
    end, bits = start, FNV_START
    while end < text.size and in_word(text[end]):
        bits = (bits ^ np.uint64(text[end])) * FNV_PRIME
        end += 1
    value: int = np.int64(bits)  # type: ignore[assignment]
    word = note_word(m, value)
    if m[DIRECTIVE_END] and m[MACRO_ITEM] == 0:
        return end  # in a condition
    following = next_code(text, end)
    after = byte_at(text, following)
    inside = m[DIRECTIVE_END] > 0
    if not inside and m[LEVEL] == 0 and m[ITEM_KIND] == 0:
        _head(text, start, end, value, word, after, m)
    elif not inside and m[LEVEL] == 0 and m[ITEM_KIND] == TYPE and m[PAREN] == 0:
        plain = word & (KEYWORD | DECLARATOR | ATTRIBUTE_WORD) == 0
        if plain and after == OPEN and m[CANDIDATE] < 0:
            m[CANDIDATE], m[CANDIDATE_END] = start, end
    if inside or m[LEVEL] > 0 or m[PAREN] > 0 or m[ASSIGNED]:
        if word & TYPE_KEYWORD:
            m[TYPE_WORD], m[TAG] = 1, -1
            note_type(m, 0)
        elif m[TYPE_WORD] and m[TAG] < 0 and word & ATTRIBUTE_WORD == 0:
            m[TAG], m[TAG_END] = start, end
            note_type(m, value)
        elif m[FIRST_NAME] == 0 and m[BEFORE] in (SEMICOLON, BEGIN, FINISH):
            m[FIRST_NAME] = value
        if m[REFERS]:
            _use(text, start, end, value, word, following, after, m)
    if word & ATTRIBUTE_WORD == 0:
        m[LAST], m[LAST_END] = start, end
    m[LAST_HASH] = 0 if word & KEYWORD else value
    m[LAST_MEMBER] = 1 if m[BEFORE] in (ARROW, DOT) else 0
    if m[BEFORE] != _INDEXED or text[start] != _UNDERSCORE or after == OPEN:
        follow(m, NAME_BYTE)  # else an attribute of an array: ``t[] __initconst = {``
    return end
