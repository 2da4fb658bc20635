"""The compiled pass behind :mod:`lockmap.syntax.outline`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined, lean
from lockmap.syntax.outlining.braces import mark
from lockmap.syntax.outlining.directives import directive, end_macro
from lockmap.syntax.outlining.items import end_item, end_text
from lockmap.syntax.outlining.memory import (
    BACKSLASH,
    DIRECTIVE_END,
    FRAME,
    FRESH,
    IN_FRAME,
    ITEM_SIZE,
    KIND,
    NEWLINE,
    NOW_LINE,
    NUMBER_BYTE,
    OWNER,
    REF_SIZE,
    REFERS,
    ROOM,
    SHARP,
    SPACE,
    START,
    TEXT_END,
    WORD_LIST,
    Memory,
    follow,
    in_word,
    is_letter,
    start_state,
)
from lockmap.syntax.outlining.names import name


@lean
def outline_into(
    text: Bytes, m: Memory, number: int, slots: int, refers: bool, declares: bool
) -> None:
    """Outline blanked *text*; the state, begun anew (see there), tells how much was found."""
    start_state(m, number, slots, refers, declares)
    at, size = 0, text.size
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


@lean
def take_into(m: Memory, items: Memory, refs: Memory, words: NDArray[np.uint32]) -> None:
    """Copy what was found to arrays of just that size; items are told by their numbers."""
    for number in range(items.shape[0]):
        for column in range(ITEM_SIZE):
            items[number, column] = m[ROOM + number * ITEM_SIZE + column]
        if m[REFERS] and items[number, KIND] == FRAME:
            items[number, START] = _number(items[number, START])
    for number in range(refs.shape[0]):
        row = m.size - (number + 1) * REF_SIZE
        for column in range(REF_SIZE):
            refs[number, column] = m[row + column]
        refs[number, OWNER] = _number(refs[number, OWNER])
        refs[number, IN_FRAME] = _number(refs[number, IN_FRAME])
    for number in range(words.size):
        words[number] = np.uint32(m[WORD_LIST + number])


@inlined
def _number(row: int) -> int:
    """The place of an item in the memory as the number of the item; -1 for none."""
    return (row - ROOM) // ITEM_SIZE if row > 0 else -1
