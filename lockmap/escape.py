"""Text of a scanned tree, made safe to show: on a terminal, on a page, in a document."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Without controls, escapes, bidi marks and surrogates: these show as ``\x1b``, ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
