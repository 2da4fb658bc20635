"""Same-length masks: kernel C made readable for the grammar without moving a byte.

What is masked is data (``queries/syntax/masks.toml``).  The text under a mask is still there
for who reads the original at the same offset: ``for_each_vma(vmi, vma)`` is parsed as a
``while`` and known as ``for_each_vma``.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir

_KEYWORDS = frozenset(
    b"if while for switch return do else sizeof typeof __typeof__ __typeof _Generic goto case "
    b"asm __asm__ __asm defined _Static_assert static_assert __alignof__ _Alignof typeof_unqual".split()
)
_CALL = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(")
_UNDERSCORED = re.compile(rb"\b__\w+")
_RANGE = re.compile(rb"\.\.\.(?!\s*\))")
_ASM = re.compile(rb"\b(?:asm|__asm__|__asm)\b(?:\s+(?:volatile|__volatile__|__volatile|goto|inline|__inline__|__inline))*\s*\(")
_LOCAL_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef|pragma|error|warning|include|line)\b(?:[^\n\\]|\\.)*", re.MULTILINE | re.DOTALL
)
_SHOUTED = re.compile(rb"\s*([A-Z_][A-Z0-9_]+)\s+(?=\w+[\s*]+\w)")
_STATIC_MACRO = re.compile(rb"\bstatic(?=\s+[A-Z_][A-Z0-9_]*\s*\()")
_LONE_WORD = re.compile(rb"(?<=[;{}])\s*^[ \t]*([A-Z_][A-Z0-9_]*)[ \t]*\r?$(?=\s*[}\w])", re.MULTILINE)
_BLOCK_WORD = re.compile(rb"(?<=[;{}])\s*\b(?!else\b|do\b|struct\b|union\b|enum\b)([A-Za-z_]\w*)\s*(?=\{)")
_NON_WORD = re.compile(rb"[^\w]")
_SPACE = bytes(c if c in b"\n\r" else 32 for c in range(256))
_POINTER_ARGUMENT = re.compile(rb"(?:const\s+)?[A-Za-z_]\w*(?:\s+(?:const|struct|union)\b)?\s*\*+\s*")


class Definer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A macro that defines a function named by one of its arguments."""

    macro: str
    name: int
    pairs: bool
    prefix: str


class MaskData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/syntax/masks.toml``."""

    attribute_words: tuple[str, ...]
    attribute_calls: tuple[str, ...]
    loop_macros: str
    loop_tails: str
    grammar_words: tuple[str, ...]
    guard_statements: tuple[str, ...]
    guard_blocks: tuple[str, ...]
    guard_classes: tuple[str, ...]
    type_words: tuple[str, ...]
    definer: tuple[Definer, ...]


class Masks:
    """The masks, compiled once per process."""

    def __init__(self, data: MaskData) -> None:
        words = [w.encode() for w in data.attribute_words]
        self._words = re.compile(rb"(?:%s)\Z" % b"|".join(words))
        plain = sorted(w for w in words if not w.startswith(b"__"))
        self._plain = re.compile(rb"\b(?:%s)\b(?!\s*[(,;=\]\[.)-])" % b"|".join(plain))
        self._calls = frozenset(w.encode() for w in data.attribute_calls)
        self._loop = re.compile(rb"(?:%s)\Z" % data.loop_macros.encode())
        self._tail = re.compile(rb"(?:%s)\Z" % data.loop_tails.encode())
        self._grammar_words = frozenset(w.encode() for w in data.grammar_words)
        self._types = frozenset(w.encode() for w in data.type_words)
        self.definers = tuple(
            (re.compile(rb"(?:%s)\Z" % d.macro.encode()), d) for d in data.definer
        )
        self.data = data
        self._known: dict[bytes, bool] = {}

    def definer(self, name: bytes) -> Definer | None:
        """The rule for a macro that defines functions, if *name* is one."""
        return next((rule for pattern, rule in self.definers if pattern.match(name)), None)

    def is_loop(self, name: bytes) -> bool:
        """Whether *name* is a function-like macro that heads a loop."""
        return self._loop.match(name) is not None

    def apply(self, clean: bytes, body: int) -> bytes:
        """Mask a function (or a macro body) whose opening brace is at *body*."""
        text = bytearray(clean)
        for match in _LOCAL_DIRECTIVE.finditer(clean, body):
            text[match.start() : match.end()] = match[0].translate(_SPACE)
        clean = bytes(text)
        self._assembly(clean, text, body)
        self._lone_words(clean, text, body)
        clean = bytes(text)
        self._attributes(clean, text)
        self._definer(clean, text, body)
        self._calls_of_macros(clean, text, body)
        for match in _RANGE.finditer(clean, body):
            text[match.start() : match.end()] = b" + "
        return bytes(text)

    def attributes(self, clean: bytes) -> bytes:
        """Mask only the attributes: all that a type definition needs."""
        text = bytearray(clean)
        self._attributes(clean, text)
        return bytes(text)

    def _attributes(self, clean: bytes, text: bytearray) -> None:
        for match in _UNDERSCORED.finditer(clean):
            word = match[0]
            if word in self._calls:
                _blank_call(clean, text, match)
                continue
            known = self._known.get(word)
            if known is None:
                known = self._known[word] = self._words.match(word) is not None
            if known:
                text[match.start() : match.end()] = b" " * len(word)
        for match in self._plain.finditer(clean):
            text[match.start() : match.end()] = b" " * (match.end() - match.start())
        for match in re.finditer(rb"\bregparm\b", clean):
            _blank_call(clean, text, match)
        head = _SHOUTED.match(text, 0, len(text))
        if head:
            text[: head.end(1)] = b" " * head.end(1)

    @staticmethod
    def _lone_words(clean: bytes, text: bytearray, body: int) -> None:
        """Macros that stand alone: ``FLUSH_END``, ``put_user_try {``, ``static DEFINE_X(...)``."""
        for match in _STATIC_MACRO.finditer(clean, body):
            text[match.start() : match.end()] = b" " * (match.end() - match.start())
        for pattern in (_LONE_WORD, _BLOCK_WORD):
            for match in pattern.finditer(clean, body):
                start, end = match.span(1)
                text[start:end] = b" " * (end - start)

    def _assembly(self, clean: bytes, text: bytearray, body: int) -> None:
        """``asm volatile(...)`` becomes the call ``a_m ( )``: its text is no C."""
        for match in _ASM.finditer(clean, body):
            close = closing(clean, match.end() - 1)
            if close >= 0:
                text[match.start() : match.end() - 1] = b"a_m".ljust(match.end() - 1 - match.start())
                text[match.end() : close] = clean[match.end() : close].translate(_SPACE)

    def _definer(self, clean: bytes, text: bytearray, body: int) -> None:
        """``SYSCALL_DEFINE2(munmap, unsigned long, addr, ...)`` becomes ``int munmap(...)``."""
        match = _CALL.search(clean, 0, body)
        rule = match and self.definer(match[1])
        if not match or not rule:
            return
        close = closing(clean, match.end() - 1)
        commas = _top_level_commas(clean, match.end(), close)
        text[match.start() : match.end()] = b"int".ljust(match.end() - match.start())
        name_end = commas[0] if commas else close
        if not commas:
            name = clean[match.end() : close].strip()
            text[match.start() : close + 1] = (b"int " + name + b"(void)").ljust(
                close + 1 - match.start()
            )
            return
        text[name_end] = ord("(")
        if rule.pairs:
            for comma in commas[1::2]:
                text[comma] = ord(" ")
        text[close + 1 : body] = bytes(text[close + 1 : body]).translate(_SPACE)

    def _calls_of_macros(self, clean: bytes, text: bytearray, body: int) -> None:
        for match in _CALL.finditer(clean, body):
            name = match[1]
            if name in _KEYWORDS or text[match.start()] == 32:
                continue
            opening = match.end() - 1
            close = closing(clean, opening)
            if close < 0:
                continue
            if name in self._grammar_words:
                text[match.start()] = ord("_")
            self._block_macro(clean, text, match, close)
            self._type_arguments(clean, text, opening, close)

    def _block_macro(
        self, clean: bytes, text: bytearray, match: re.Match[bytes], close: int
    ) -> None:
        name = match[1]
        start, end = match.span(1)
        after = _next_code(clean, close + 1)
        if name.startswith(b"do_each_") and after == b"{":
            text[start : close + 1] = b"do".ljust(end - start) + bytes(
                text[end : close + 1]
            ).translate(_SPACE)
        elif self._tail.match(name):
            text[start:end] = b"while".ljust(end - start)
        elif self.is_loop(name) and len(name) >= 5 and after:
            ends_do = after == b";" and clean[:start].rstrip()[-1:] == b"}"
            if after not in b";,)=&|?:<>+-*/.]" or ends_do:
                text[start:end] = b"while".ljust(end - start)
        elif len(name) >= 2 and _begins_statement(clean, start):
            if after == b"}" and clean[close + 1 : close + 2].isspace():
                text[close + 1] = ord(";")
            elif after == b"{" or (after.isalpha() and _ends_line(clean, close + 1)):
                text[start:end] = b"if".ljust(end - start)

    def _type_arguments(self, clean: bytes, text: bytearray, opening: int, close: int) -> None:
        """Write types in argument position as one word: ``min_t(unsigned_long, a, b)``."""
        inside = clean[opening + 1 : close]
        if b"*" not in inside and not any(word in inside for word in self._types):
            return
        starts = [opening, *_top_level_commas(clean, opening + 1, close), close]
        for left, right in zip(starts, starts[1:], strict=False):
            argument = clean[left + 1 : right]
            stripped = argument.strip()
            if not stripped:
                continue
            first = re.match(rb"\w+", stripped)
            is_type = (first is not None and first[0] in self._types) or (
                _POINTER_ARGUMENT.fullmatch(stripped) is not None
            )
            if not is_type or b"{" in stripped:
                continue
            at = left + 1 + argument.index(stripped)
            word = b"_" + _NON_WORD.sub(b"_", stripped)[1:]
            text[at : at + len(word)] = word


@cache
def load_masks() -> Masks:
    """The masks of ``queries/syntax/masks.toml``.  Raises DataError when it is not valid."""
    return Masks(load_toml(queries_dir() / "syntax" / "masks.toml", MaskData))


def closing(text: bytes, opening: int) -> int:
    """Offset of the ``)`` that closes the ``(`` at *opening*; -1 where there is none."""
    level = 0
    for match in re.compile(rb"[()]").finditer(text, opening):
        level += 1 if match[0] == b"(" else -1
        if level == 0:
            return match.start()
    return -1


def _top_level_commas(text: bytes, start: int, end: int) -> list[int]:
    level = 0
    commas = []
    for match in re.compile(rb"[(),{}\[\]]").finditer(text, start, end):
        token = match[0]
        if token in b"({[":
            level += 1
        elif token in b")}]":
            level -= 1
        elif level == 0:
            commas.append(match.start())
    return commas


def _blank_call(clean: bytes, text: bytearray, match: re.Match[bytes]) -> None:
    """Blank an attribute together with its parenthesised arguments."""
    end = match.end()
    gap = re.compile(rb"\s*\(").match(clean, end)
    if gap:
        close = closing(clean, gap.end() - 1)
        end = close + 1 if close >= 0 else end
    text[match.start() : end] = clean[match.start() : end].translate(_SPACE)


def _next_code(text: bytes, at: int) -> bytes:
    found = re.compile(rb"[^\s\\]").search(text, at)
    return found[0] if found else b""


def _ends_line(text: bytes, at: int) -> bool:
    return re.compile(rb"[ \t]*\r?\n").match(text, at) is not None


def _begins_statement(text: bytes, at: int) -> bool:
    before = text[max(0, at - 400) : at].rstrip(b" \t\r\n\\")
    return not before or before[-1:] in (b";", b"{", b"}", b":", b")") or before.endswith(b"else")
