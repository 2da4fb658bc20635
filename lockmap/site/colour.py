"""C in a few colours: comments, strings, words of the language, the preprocessor.

Of a whole kernel's evidence, a real lexer would take longer than all the rest of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

_WORDS = (
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|"
    "inline|int|long|register|return|short|signed|sizeof|static|struct|switch|typedef|union|"
    "unsigned|void|volatile|while|bool|u8|u16|u32|u64|size_t|true|false|NULL"
)
_TOKEN = re.compile(
    r"(?P<c>/\*.*?(?:\*/|\Z)|//[^\n]*)"
    r"|(?P<s>\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?)"
    r"|(?P<p>^[ \t]*\#[^\n]*)"
    rf"|\b(?P<k>{_WORDS})\b",
    re.DOTALL | re.MULTILINE,
)


def coloured(lines: Sequence[str]) -> list[str]:
    """Each line as HTML."""
    if not lines:
        return []
    return "".join(_pieces("\n".join(lines))).split("\n")


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for match in _TOKEN.finditer(text):
        yield escape(text[at : match.start()], quote=False)
        at = match.end()
        # No element goes on over the end of a line: each stands for itself.
        kind = match.lastgroup
        parts = escape(match[0], quote=False).split("\n")
        yield "\n".join(f"<i class={kind}>{part}</i>" if part else "" for part in parts)
    yield escape(text[at:], quote=False)
