"""The declared type of a variable of a function, found by looking back from its use."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.memory import (
    AGGREGATE,
    ENUM,
    MEMO_BASE,
    MEMO_SIZE,
    MEMO_SLOTS,
    PREFIX,
    QUALIFIER,
    SCALAR,
    SCALAR_WORD,
    STATEMENT,
    TYPEDEF_MARK,
    UNTOLD,
    Memory,
    class_of,
)
from lockmap.syntax.declaring.words import (
    LEFT,
    RIGHT,
    before_blanks,
    is_word,
    opening_of,
    word_end,
    word_start,
)
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    BEGIN,
    CLOSE,
    COMMA,
    EQUAL,
    FINISH,
    OPEN,
    SEMICOLON,
    STAR,
    byte_at,
    is_letter,
    next_code,
)

_UNDERSCORE = 95


@inlined
def _class_at(text: Bytes, start: int, end: int, m: Memory) -> int:
    """The class of a word; those that begin with two underscores decorate."""
    class_ = class_of(m, hash_span(text, start, end))
    if class_ == 0 and end - start > 2 and text[start] == text[start + 1] == _UNDERSCORE:
        return QUALIFIER
    return class_


@inlined
def _is_tag(text: Bytes, start: int, end: int, least: int, m: Memory) -> bool:
    """Whether a word with two underscores is a tag: ``struct __data``."""
    if class_of(m, hash_span(text, start, end)) != 0:
        return False
    before = before_blanks(text, start, least)
    first = word_start(text, before, least)
    return class_of(m, hash_span(text, first, before)) == AGGREGATE


@inlined
def _of_words(text: Bytes, at: int, least: int, in_body: bool, m: Memory) -> int:
    """The type that ends at *at*, before a name and its stars; 0 where there is none."""
    while True:
        at = before_blanks(text, at, least)
        if at <= least:
            return UNTOLD
        if text[at - 1] == STAR:
            at -= 1
            continue
        if not is_word(text[at - 1]):
            return UNTOLD
        start = word_start(text, at, least)
        class_ = _class_at(text, start, at, m)
        if class_ != QUALIFIER or _is_tag(text, start, at, least, m):
            break
        at = start
    if not is_letter(text[start]) or class_ in (STATEMENT, PREFIX):
        return UNTOLD
    if class_ == SCALAR_WORD:
        return SCALAR
    value = hash_span(text, start, at)
    before = before_blanks(text, start, least)
    last = byte_at(text, before - 1) if before > least else SEMICOLON
    while is_word(last):
        first = word_start(text, before, least)
        class_ = _class_at(text, first, before, m)
        if class_ == AGGREGATE:
            return value
        if class_ == ENUM:
            return SCALAR
        if class_ != QUALIFIER:
            return UNTOLD
        before = before_blanks(text, first, least)
        last = byte_at(text, before - 1) if before > least else SEMICOLON
    if last in (SEMICOLON, BEGIN, FINISH) or (last in (OPEN, COMMA) and not in_body):
        return value ^ TYPEDEF_MARK
    return UNTOLD


@inlined
def _of_body(text: Bytes, end: int, least: int, m: Memory) -> int:
    """The tag of the struct whose braces end at *end*; 0 where it has none, or is none."""
    opening = opening_of(text, end - 1, least)
    if opening < 0:
        return UNTOLD
    before = before_blanks(text, opening, least)
    start = word_start(text, before, least)
    first = before_blanks(text, start, least)
    kind = word_start(text, first, least)
    if start == before or class_of(m, hash_span(text, kind, first)) != AGGREGATE:
        return UNTOLD
    return hash_span(text, start, before)


@inlined
def _in_list(text: Bytes, comma: int, least: int, m: Memory) -> int:
    """The type of a name after *comma* in ``struct foo *a, *name``; 0 where there is none."""
    at = comma
    while at > least:
        byte = int(text[at - 1])
        if byte in (CLOSE, RIGHT, FINISH):
            opening = opening_of(text, at - 1, least)
            if opening < 0:
                return UNTOLD
            if byte == FINISH:
                told = _of_body(text, at, least, m)
                if told != UNTOLD:
                    return told
                before = before_blanks(text, opening, least)
                if byte_at(text, before - 1) != EQUAL:
                    break
            at = opening
        elif byte in (OPEN, LEFT):
            return UNTOLD
        elif byte in (SEMICOLON, BEGIN):
            break
        else:
            at -= 1
    return _first_type(text, at, comma, m)


@inlined
def _first_type(text: Bytes, at: int, end: int, m: Memory) -> int:
    """The type that a declaration which begins at *at* names first."""
    tag = False
    while True:
        at = next_code(text, at)
        if at >= end or not is_letter(text[at]):
            return UNTOLD
        stop = word_end(text, at)
        class_ = _class_at(text, at, stop, m)
        value = hash_span(text, at, stop)
        if class_ in (SCALAR_WORD, ENUM):
            return SCALAR
        if class_ in (STATEMENT, PREFIX):
            return UNTOLD
        if class_ == AGGREGATE:
            tag = True
        elif class_ != QUALIFIER or (tag and class_of(m, value) == 0):
            following = byte_at(text, next_code(text, stop))
            if tag:
                return value
            if following == STAR or is_letter(following):
                return value ^ TYPEDEF_MARK
            return UNTOLD
        at = stop


@inlined
def _declared_at(text: Bytes, start: int, end: int, least: int, body: int, m: Memory) -> int:
    """The type that text[start:end], an occurrence of a name, is declared with; 0: with none."""
    following = byte_at(text, next_code(text, end))
    if following not in (COMMA, SEMICOLON, EQUAL, CLOSE, LEFT, _UNDERSCORE):
        return UNTOLD  # an underscore: struct foo *name __free(kfree) = ...
    before = before_blanks(text, start, least)
    if before <= least:
        return UNTOLD
    last = int(text[before - 1])
    if last == STAR or is_word(last):
        found = _of_words(text, before, least, start > body, m)
        if found != UNTOLD or last != STAR:
            return found
        while last == STAR:
            before = before_blanks(text, before - 1, least)
            last = byte_at(text, before - 1)
    if last == FINISH:
        return _of_body(text, before, least, m)
    if last == COMMA and start > body:
        return _in_list(text, before - 1, least, m)
    if last == COMMA:
        return _of_words(text, before - 1, least, False, m)  # SYSCALL_DEFINE1(f, struct foo *, a)
    return UNTOLD


@inlined
def _same_word(text: Bytes, at: int, start: int, end: int) -> bool:
    """Whether the word text[start:end] ends at *at*."""
    first = at - (end - start)
    if first <= 0 or is_word(text[first - 1]):
        return False
    same = 0
    while same < end - start and text[first + same] == text[start + same]:
        same += 1
    return same == end - start


@inlined
def type_of_variable(
    text: Bytes, start: int, end: int, value: int, least: int, body: int, m: Memory
) -> int:
    """The type of the name text[start:end] in the function that begins at *least*.

    0 where the function does not declare it.  The innermost declaration that is seen from
    there counts: looking back, what stands in a block that is closed again is passed over.
    """
    memo = MEMO_BASE + (value & (MEMO_SLOTS - 1)) * MEMO_SIZE
    known = m[memo] == least and m[memo + 1] == value and m[memo + 2] < start
    stop = m[memo + 2] if known else least
    last = text[end - 1]
    level = 0
    at = start
    found = UNTOLD
    while at > least:
        if known and at == stop:
            if level == 0:
                found = m[memo + 3]
                break
            known = False
        at -= 1
        byte = text[at]
        if byte == FINISH:
            level += 1
        elif byte == BEGIN:
            level = max(0, level - 1)
        elif (
            byte == last
            and level == 0
            and not is_word(text[at + 1])
            and _same_word(text, at + 1, start, end)
        ):
            found = _declared_at(text, at + 1 - (end - start), at + 1, least, body, m)
            if found != UNTOLD:
                break
    m[memo], m[memo + 1], m[memo + 2], m[memo + 3] = least, value, start, found
    return found
