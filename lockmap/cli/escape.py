"""Text of a scanned tree, made safe to show."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Text safe for a terminal: controls, escapes, bidi marks, surrogates as ``\x1b`` ..."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
