"""Comments, the insides of literals, and prose in directives: written over with spaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import inlined, lean

Bytes = NDArray[np.uint8]

_NEWLINE, _RETURN, _TAB, _SPACE = 10, 13, 9, 32
_QUOTE, _HASH, _APOSTROPHE, _STAR, _SLASH, _BACKSLASH = 34, 35, 39, 42, 47, 92
_MOST_CHARACTERS = 16
"""Of a character literal: an apostrophe with none so near is one in prose, and opens nothing."""
_TELLING = np.isin(np.arange(256), [_NEWLINE, _QUOTE, _APOSTROPHE, _SLASH])
"""Bytes that mean something to the pass when the line has begun with another."""
_IN_COMMENTS = np.isin(np.arange(256), [_NEWLINE, _RETURN, _BACKSLASH, _STAR])
"""Bytes of a comment that may be more than one to be written over."""
_PROSE_WORDS = tuple(
    np.frombuffer(word, dtype=np.uint8) for word in (b"error", b"warning", b"include", b"pragma")
)
_ERROR, _WARNING, _INCLUDE, _PRAGMA = _PROSE_WORDS


@lean
def blank_into(text: Bytes, out: Bytes, at: int) -> None:
    """Write *text* from *at* on to *out*, a copy of it, with what is no code as spaces."""
    size = text.size
    fresh = True  # nothing but blanks on this line so far
    directive = False
    while at < size:
        byte = text[at]
        if byte == _NEWLINE:
            fresh = True
            directive = directive and _is_continued(text, at)
            at += 1
        elif byte == _SLASH and at + 1 < size and text[at + 1] == _SLASH:
            at = _line_comment(text, out, at)
        elif byte == _SLASH and at + 1 < size and text[at + 1] == _STAR:
            end = _block_comment(text, out, at)
            if directive:
                _continue_lines(out, at, end)
            while not fresh and at < end:
                fresh = text[at] == _NEWLINE
                at += 1
            at = end
        elif byte == _QUOTE:
            at = _string(text, out, at)
            fresh = False
        elif byte == _APOSTROPHE:
            at = _character(text, out, at)
            fresh = False
        elif byte == _HASH and fresh and _is_prose(text, at):
            at = _prose(text, out, at)
        else:
            directive = directive or (byte == _HASH and fresh)
            at += 1
            if byte not in (_SPACE, _TAB):
                fresh = False
                while at < size and not _TELLING[text[at]]:
                    at += 1


@inlined
def _is_continued(text: Bytes, newline: int) -> bool:
    """Whether a backslash makes the line that ends at *newline* one with the next."""
    at = newline - 1
    if at >= 0 and text[at] == _RETURN:
        at -= 1
    return at >= 0 and text[at] == _BACKSLASH


@inlined
def _continue_lines(out: Bytes, start: int, end: int) -> None:
    """Keep a directive one line where a comment in it, now spaces, goes over several.

    An empty line has no room for the backslash: there the directive ends.
    """
    for at in range(start + 1, end):
        if out[at] == _NEWLINE and not _is_continued(out, at):
            before = at - 1 if out[at - 1] != _RETURN else at - 2
            if before >= start and out[before] == _SPACE:
                out[before] = _BACKSLASH


@inlined
def _cover(text: Bytes, out: Bytes, start: int, end: int, limit: int) -> None:
    """Spaces for text[start:end], but for line ends and the backslashes that continue lines.

    A line that ends at or after *limit* is not seen to end.
    """
    for at in range(start, end):
        byte = text[at]
        if byte in (_NEWLINE, _RETURN):
            continue
        if byte == _BACKSLASH and at + 1 < limit:
            following = text[at + 1]
            if following == _NEWLINE:
                continue
            if following == _RETURN and at + 2 < limit and text[at + 2] == _NEWLINE:
                continue
        out[at] = _SPACE


@inlined
def _escaped(text: Bytes, at: int) -> int:
    """Past the backslash at *at* and what it escapes, a line end of two bytes included."""
    if at + 2 < text.size and text[at + 1] == _RETURN and text[at + 2] == _NEWLINE:
        return at + 3
    return at + 2


@inlined
def _line_comment(text: Bytes, out: Bytes, start: int) -> int:
    at, size = start, text.size
    while at < size and text[at] != _NEWLINE:
        if text[at] == _BACKSLASH:
            if at + 1 >= size:
                break
            at = _escaped(text, at)
        else:
            at += 1
    _cover(text, out, start, min(at, size), min(at, size))
    return min(at, size)


@inlined
def _block_comment(text: Bytes, out: Bytes, start: int) -> int:
    at, size = start + 2, text.size
    out[start] = out[start + 1] = _SPACE
    while at < size:
        if not _IN_COMMENTS[text[at]]:
            out[at] = _SPACE
            at += 1
        elif text[at] == _STAR and at + 1 < size and text[at + 1] == _SLASH:
            out[at] = out[at + 1] = _SPACE
            return at + 2
        else:
            _cover(text, out, at, at + 1, size)
            at += 1
    return size


@inlined
def _string(text: Bytes, out: Bytes, start: int) -> int:
    """A string; one that is never closed ends with its line."""
    at, size = start + 1, text.size
    while at < size:
        byte = text[at]
        if byte == _QUOTE:
            _cover(text, out, start + 1, at, at)
            return at + 1
        if byte == _NEWLINE:
            break
        at = _escaped(text, at) if byte == _BACKSLASH else at + 1
    end = min(at, size)
    _cover(text, out, start + 1, end, end)
    return end


@inlined
def _character(text: Bytes, out: Bytes, start: int) -> int:
    at, size = start + 1, text.size
    for _ in range(_MOST_CHARACTERS):
        if at >= size or text[at] in (_APOSTROPHE, _NEWLINE):
            break
        if text[at] == _BACKSLASH:
            if at + 1 >= size:
                return start + 1
            at += 2
        else:
            at += 1
    if at < size and at > start + 1 and text[at] == _APOSTROPHE:
        _cover(text, out, start + 1, at, at)
        return at + 1
    return start + 1


@inlined
def _is_prose(text: Bytes, at: int) -> bool:
    """Whether the directive at *at* carries words that are no code."""
    at += 1
    while at < text.size and text[at] in (_SPACE, _TAB):
        at += 1
    return (
        _is_word(text, at, _ERROR)
        or _is_word(text, at, _WARNING)
        or _is_word(text, at, _INCLUDE)
        or _is_word(text, at, _PRAGMA)
    )


@inlined
def _is_word(text: Bytes, at: int, word: Bytes) -> bool:
    if at + word.size > text.size:
        return False
    for offset in range(word.size):
        if text[at + offset] != word[offset]:
            return False
    if at + word.size == text.size:
        return True
    after = text[at + word.size]
    return not (48 <= after < 58 or 65 <= after < 91 or 97 <= after < 123 or after == 95)


@inlined
def _prose(text: Bytes, out: Bytes, start: int) -> int:
    """The rest of a line, up to where a comment begins or ends on it."""
    at, size = start, text.size
    while at < size and text[at] != _NEWLINE:
        following = text[at + 1] if at + 1 < size else 0
        if text[at] == _SLASH and following in (_SLASH, _STAR):
            break
        if text[at] != _RETURN:
            out[at] = _SPACE
        at += 1
    return at
