"""Text of a scanned tree, made safe to stand on a page."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Without controls, bidi marks and surrogates: these show as ``\u202e``, not by effect."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
