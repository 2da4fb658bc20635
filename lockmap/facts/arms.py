"""The preprocessor conditions that lines of a file stand under."""

from __future__ import annotations

import re

from lockmap.facts.records import Arm
from lockmap.syntax.directives import CONDITIONAL

_GUARD_NAME = re.compile(r"_*[A-Z0-9_]*_H_*\Z")


def preprocessor_arms(clean: bytes) -> tuple[Arm, ...]:
    """The preprocessor arms of a file; a header's include guard is no condition."""
    found: list[Arm] = []
    stack: list[tuple[int, str, str]] = []  # (first line, condition, earlier conditions)
    line, at = 1, 0
    for match in CONDITIONAL.finditer(clean):
        line += clean.count(b"\n", at, match.start())
        at = match.start()
        word = match["word"]
        text = " ".join(match["rest"].decode("utf-8", "replace").replace("\\", " ").split())
        if word in (b"else", b"elif", b"endif"):
            if not stack:
                continue
            first, condition, before = stack.pop()
            if condition:
                found.append(Arm(first, line, condition))
            if word != b"endif":
                negated = f"!({before})" if before else ""
                now = negated if word == b"else" else f"{negated} && {text}" if negated else text
                stack.append(
                    (line, now, f"{before} || {text}" if word == b"elif" and before else before)
                )
            continue
        condition = f"!{text}" if word == b"ifndef" else text
        if word == b"ifndef" and _GUARD_NAME.match(text) and line < 60:
            condition = ""
        stack.append((line, condition, condition))
    return tuple(found)
