"""Moving over blanked text, forwards and backwards: words, blanks, brackets."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.outlining.memory import (
    BACKSLASH,
    BEGIN,
    CLOSE,
    FINISH,
    NEWLINE,
    OPEN,
    RETURN,
    SPACE,
    in_word,
)

LEFT, RIGHT = 91, 93  # [ ]


@inlined
def is_word(byte: int) -> bool:
    """Whether *byte* can stand in a name."""
    return in_word(byte)


@inlined
def word_end(text: Bytes, at: int) -> int:
    """Where the word at *at* ends."""
    while at < text.size and is_word(text[at]):
        at += 1
    return at


@inlined
def word_start(text: Bytes, end: int, least: int) -> int:
    """Where the word that ends before *end* begins."""
    while end > least and is_word(text[end - 1]):
        end -= 1
    return end


@inlined
def before_blanks(text: Bytes, at: int, least: int) -> int:
    """*at*, moved back over blanks."""
    while at > least and (text[at - 1] <= SPACE or text[at - 1] == BACKSLASH):
        at -= 1
    return at


@inlined
def is_opening(byte: int) -> bool:
    return byte in (OPEN, LEFT, BEGIN)


@inlined
def is_closing(byte: int) -> bool:
    return byte in (CLOSE, RIGHT, FINISH)


@inlined
def past_level(text: Bytes, at: int, end: int) -> int:
    """Where the bracket around *at* closes; *end* where it does not."""
    level = 0
    while at < end:
        byte = text[at]
        if is_opening(byte):
            level += 1
        elif is_closing(byte):
            if level == 0:
                return at
            level -= 1
        at += 1
    return end


@inlined
def opening_of(text: Bytes, closing: int, least: int) -> int:
    """Where the bracket that closes at *closing* opens; -1 where it is not found."""
    level = 0
    at = closing
    while at >= least:
        byte = text[at]
        if is_closing(byte):
            level += 1
        elif is_opening(byte):
            level -= 1
            if level == 0:
                return at
        at -= 1
    return -1


@inlined
def directive_end(text: Bytes, at: int, end: int) -> int:
    """Where the directive at *at* ends, with the lines that continue it."""
    while at < end:
        if text[at] == NEWLINE:
            before = at - 1 if text[at - 1] != RETURN else at - 2
            if text[before] != BACKSLASH:
                return at
        at += 1
    return end
