"""The preprocessor conditions around a member, in words."""

from __future__ import annotations

import re

_IF = re.compile(rb"#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)", re.DOTALL)
_DEFINED = re.compile(r"(?:defined|IS_ENABLED|IS_BUILTIN)\s*\(\s*(\w+)\s*\)|defined\s+(\w+)")
_NOT = "not "


def follow(stack: list[str], directive: bytes) -> None:
    """Change the conditions that hold, the outermost first, as a directive says."""
    match = _IF.search(directive)
    if match is None:
        return
    word, text = match[1].decode(), _text(match[2])
    if word == "ifdef":
        stack.append(text)
    elif word == "ifndef":
        stack.append(_NOT + text)
    elif word == "if":
        stack.append(_in_words(text))
    elif not stack:
        return
    elif word == "endif":
        stack.pop()
    else:
        # The other branches of a chain are left out: what is asked last tells most.
        stack[-1] = _in_words(text) if word == "elif" else _opposite(stack[-1])


def _text(rest: bytes) -> str:
    plain = re.sub(rb"/\*.*?(?:\*/|$)|//.*|\\\r?\n", b" ", rest, flags=re.DOTALL)
    return " ".join(plain.decode("utf-8", "replace").split())


def _opposite(condition: str) -> str:
    if condition.startswith(_NOT) and " " not in condition.removeprefix(_NOT):
        return condition.removeprefix(_NOT)
    return f"not ({condition})" if " " in condition else _NOT + condition


def _in_words(condition: str) -> str:
    """``defined(A) && !defined(B)`` as ``A and not B``."""
    text = _DEFINED.sub(lambda m: m[1] or m[2], condition)
    text = re.sub(r"!\s*(?=[\w(])", _NOT, text).replace("&&", " and ").replace("||", " or ")
    return " ".join(text.split())
