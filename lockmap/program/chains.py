"""The struct that an expression like ``vma->vm_ops`` is of, told from the text before it.

For calls through pointers in functions that are not parsed: declared types of parameters and
locals, then members one by one.  What is written in another way is left open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from lockmap.program.code import Code
from lockmap.program.structs import Structs, tag_of

_MOST_BEFORE = 600
_POSTFIX = re.compile(r"\s*(?:(->|\.)\s*(\w+)|(\[)|(\())")
_TYPE_ARGUMENT = re.compile(r"(?:const\s+)?(?:struct|union)\s+(\w+)")
_CAST = re.compile(r"\(\s*(?:const\s+)?(?:struct|union)\s+(\w+)[\s\w]*\*+\s*\)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPEN = {")": "(", "]": "["}


@dataclass(slots=True)
class Chains:
    """Types of expressions in the files of one tree.  *clean* gives a file's blanked text."""

    code: Code
    structs: Structs
    clean: Callable[[str], bytes]
    known: dict[str, str]
    """Types of names that no function declares; a name followed by ``()``: what it returns."""
    transparent: frozenset[str]
    """Functions and macros whose value is that of their first argument."""
    _returns: dict[str, str] = field(default_factory=dict)
    _globals: dict[tuple[str, str], str] = field(default_factory=dict)

    def owner(self, item: int, at: int) -> str:
        """The struct whose member begins at byte *at* of the file of *item*; empty if open."""
        home = self.code.file(item)
        start = int(self.code.items["start"][item])
        text = self.clean(home)[start:at].decode("latin-1")
        base = base_before(text)
        return self.type_of(base, text, home) if base else ""

    def type_of(self, expr: str, scope: str, home: str, depth: int = 0) -> str:
        """The struct that *expr* is or points to, where *scope* is the function so far."""
        expr = expr.strip()
        if depth > 12 or not expr:
            return ""
        while expr[:1] in "*&!" and expr:
            expr = expr[1:].lstrip()
        cast = _CAST.match(expr)
        if cast:
            return cast[1]
        if expr.startswith("("):
            end = _closing(expr, 0)
            if end < 0:
                return ""
            return self._members(
                self.type_of(expr[1:end], scope, home, depth + 1), expr[end + 1 :], home
            )
        name = _NAME.match(expr)
        if name is None:
            return ""
        rest = expr[name.end() :]
        called = rest.lstrip()
        if called.startswith("("):
            offset = len(rest) - len(called)
            end = _closing(rest, offset)
            if end < 0:
                return ""
            result = self._called(name[0], rest[offset + 1 : end], scope, home, depth)
            return self._members(result, rest[end + 1 :], home)
        return self._members(self._variable(name[0], scope, home), rest, home)

    def _members(self, struct: str, rest: str, home: str) -> str:
        """Follow ``->a.b[c]`` from *struct*."""
        at = 0
        while struct and (match := _POSTFIX.match(rest, at)) is not None:
            if match[2]:
                struct = self._struct_in(self.structs.members(struct, home).get(match[2], ""))
                at = match.end()
            elif match[3]:
                at = _closing(rest, match.start(3)) + 1
                if at <= 0:
                    return ""
            else:
                return ""  # the result of a call through a pointer
        return struct if not rest[at:].strip() else ""

    def _struct_in(self, kind: str) -> str:
        return tag_of(kind) or (kind.strip("* []") if kind and self._is_tag(kind) else "")

    def _is_tag(self, kind: str) -> bool:
        name = kind.strip("* []")
        return name.isidentifier() and bool(self.structs.members(name))

    def _called(self, name: str, args: str, scope: str, home: str, depth: int) -> str:
        told = self.known.get(f"{name}()")
        if told:
            return tag_of(told)
        if name in self.transparent:
            return self.type_of(_first(args), scope, home, depth + 1)
        kind = _TYPE_ARGUMENT.search(args)
        if kind and self._is_macro(name):
            return kind[1]  # container_of(p, struct foo, member)
        return self._returned(name)

    def _is_macro(self, name: str) -> bool:
        return any(not self.code.is_function[i] for i in self.code.named(name))

    def _returned(self, name: str) -> str:
        """The struct that function *name* returns, where its definitions agree."""
        if name not in self._returns:
            found = set()
            for item in self.code.named(name)[:8]:
                if self.code.is_function[item]:
                    start = int(self.code.items["start"][item])
                    head = self.clean(self.code.file(item))[start : start + 300].decode("latin-1")
                    found.add(tag_of(head.partition("(")[0]))
            self._returns[name] = found.pop() if len(found) == 1 else ""
        return self._returns[name]

    def _variable(self, name: str, scope: str, home: str) -> str:
        found = list(_declared(name).finditer(scope))
        if found:
            return found[-1][1] or self._struct_in(found[-1][2] or "")
        return self._global(name, home)

    def _global(self, name: str, home: str) -> str:
        if name in self.known:
            return tag_of(self.known[name])
        key = (name, home)
        if key not in self._globals:
            match = _declared(name).search(self.clean(home).decode("latin-1"))
            self._globals[key] = match[1] or "" if match else ""
        return self._globals[key]


@lru_cache(maxsize=4096)
def _declared(name: str) -> re.Pattern[str]:
    """A declaration of *name*: ``struct foo *a = b, *name`` or ``foo_t *name``."""
    others = r"(?:\w+(?:\[[^\]]*\])?(?:\s*=[^,;(){}]*(?:\([^()]*\)[^,;(){}]*)*)?\s*,[\s*]*)*"
    word = re.escape(name)
    return re.compile(
        rf"\b(?:struct|union)\s+(\w+)(?:\s|\*|\bconst\b|\b__\w+\b)*{others}\b{word}\s*(?=[,;=)\[:])"
        rf"|(?:^|[;{{}}(,]|\bconst|\bstatic)\s*(\w+)[\s*]+{word}\s*(?=[,;=)\[])"
    )


def base_before(text: str) -> str:
    """The expression that ends *text* before ``->`` or ``.``; empty where there is none."""
    at = len(text.rstrip())
    if text[:at].endswith("->"):
        at -= 2
    elif text[:at].endswith("."):
        at -= 1
    else:
        return ""
    end = at
    least = max(0, end - _MOST_BEFORE)
    while at > least:
        at = len(text[:at].rstrip())
        last = text[at - 1 : at]
        if last in _OPEN:
            at = _opening(text, at - 1, least)
            if at < 0:
                return ""
            before = text[:at].rstrip()
            if last == ")" and not (before[-1:].isalnum() or before[-1:] == "_"):
                break  # (expression)
            if last == ")" and re.search(r"\b(?:if|while|for|switch|return)$", before):
                break
            continue
        start = at
        while start > least and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        if start == at:
            break
        at = start
        before = text[:at].rstrip()
        if before.endswith("->"):
            at = len(before) - 2
        elif before.endswith("."):
            at = len(before) - 1
        else:
            break
    return text[at:end].strip()


def _opening(text: str, closing: int, least: int) -> int:
    """Where the bracket that *closing* closes opens; -1 where it is too far."""
    level = 0
    for at in range(closing, least - 1, -1):
        if text[at] in ")]":
            level += 1
        elif text[at] in "([":
            level -= 1
            if level == 0:
                return at
    return -1


def _closing(text: str, opening: int) -> int:
    level = 0
    for at in range(opening, len(text)):
        if text[at] in "([{":
            level += 1
        elif text[at] in ")]}":
            level -= 1
            if level == 0:
                return at
    return -1


def _first(args: str) -> str:
    level = 0
    for at, char in enumerate(args):
        if char in "([{":
            level += 1
        elif char in ")]}":
            level -= 1
        elif char == "," and level == 0:
            return args[:at]
    return args
