"""The compiled pass behind :mod:`lockmap.syntax.outline`."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import lean
from lockmap.syntax.outlining.braces import mark
from lockmap.syntax.outlining.directives import directive, end_macro
from lockmap.syntax.outlining.items import end_item, end_text
from lockmap.syntax.outlining.memory import (
    BACKSLASH,
    DIRECTIVE_END,
    FRESH,
    NEWLINE,
    NOW_LINE,
    NUMBER_BYTE,
    SHARP,
    SPACE,
    TEXT_END,
    Memory,
    follow,
    in_word,
    is_letter,
)
from lockmap.syntax.outlining.names import name


@lean
def outline_into(text: Bytes, m: Memory, at: int) -> None:
    """Outline blanked *text* from *at*; the state tells how much was found."""
    size = text.size
    while at < size:
        byte = int(text[at])
        if byte == NEWLINE:
            m[NOW_LINE] += 1
            m[FRESH] = 1
            at += 1
        elif byte <= SPACE or byte == BACKSLASH:
            if byte == TEXT_END:
                end_macro(m)
                end_text(text, m, at)
            at += 1
            while at < size and text[at] == SPACE:
                at += 1
        elif is_letter(byte):
            at = name(text, at, m)
            m[FRESH] = 0
        elif 48 <= byte < 58:
            while at < size and in_word(text[at]):
                at += 1
            follow(m, NUMBER_BYTE)
        elif byte == SHARP and m[FRESH] and at >= m[DIRECTIVE_END]:
            end_macro(m)
            at = directive(text, at, m)
        else:
            at = mark(text, at, m)
            m[FRESH] = 0
        if m[DIRECTIVE_END] and at >= m[DIRECTIVE_END]:
            end_macro(m)
    end_macro(m)
    end_item(text, m, size)
