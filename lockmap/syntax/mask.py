"""Same-length masks: kernel C made readable for the grammar without moving a byte.

What is masked is data (``queries/syntax/masks.toml``).  The text under a mask is still there
for who reads the original at the same offset: ``for_each_vma(vmi, vma)`` is parsed as a
``while`` and known as ``for_each_vma``.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from lockmap.syntax.brackets import closing, commas, pairs
from lockmap.syntax.directives import REST_OF_LINE
from lockmap.syntax.lex import spaces
from lockmap.syntax.mask_data import Definer, MaskData, load_mask_data

_KEYWORDS = frozenset(
    b"if while for switch return do else sizeof _Generic goto case "
    b"asm __asm__ __asm defined _Static_assert static_assert __alignof__ _Alignof".split()
)
_CALL = re.compile(rb"\b([A-Za-z_]\w*+)[ \t]*+\(")
# The following begin with fixed letters or a set of them: that is found much faster.
_UNDERSCORED = re.compile(rb"__\w+")
_RANGE = re.compile(rb"\.\.\.(?!\s*\))")
_ASM = re.compile(
    rb"\b(?:asm|__asm__|__asm|asm_volatile_goto|asm_goto_output|asm_inline)\b"
    rb"(?:\s+(?:volatile|__volatile__|__volatile|goto|inline|__inline__|__inline))*+\s*+\("
)
_LOCAL_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef|pragma|error|warning|include|line)\b" + REST_OF_LINE,
    re.MULTILINE | re.DOTALL,
)
_COMPUTED_GOTO = re.compile(rb"\bgoto(?=\s*\*)")
_LABEL_ADDRESS = re.compile(rb"(?<=[={,(])(\s*+)&&(?=\s*\w)")
_SHOUTED = re.compile(rb"\s*([A-Z_][A-Z0-9_]+)\s+(?=\w+[\s*]+\w)")
_SHOUTED_BEFORE_NAME = re.compile(
    rb"\s*+(?:(?:static|extern|struct|union|enum|unsigned|signed|const)\s++)*+"
    rb"[A-Za-z_]\w*+[\s*]++([A-Z_][A-Z0-9_]+)\s++\w++\s*+\("
)
_STATIC_MACRO = re.compile(rb"\bstatic(?=\s+[A-Z_][A-Z0-9_]*\s*\()")
_LONE_WORD = re.compile(rb"[;{}]\s*\n[ \t]*+([A-Z_][A-Z0-9_]*)[ \t]*\r?$(?=\s*[}\w])", re.MULTILINE)
_BLOCK_WORD = re.compile(
    rb"[;{}]\s*+(?!else\b|do\b|struct\b|union\b|enum\b)([A-Za-z_]\w*+)\s*+(?=\{)"
)
_NON_WORD = re.compile(rb"[^\w]")
_OPERATOR_ARGUMENT = rb",\s*[-=!<>+*/%&|^]{1,2}\s*,"
_OPERATOR = re.compile(rb"[=!<>]=|[<>]{1,2}|[-+*/%&|^]")
_POINTER_ARGUMENT = re.compile(
    rb"(?:const\s+)?[A-Za-z_]\w*(?:\s+(?:const|struct|union)\b)?\s*\*+\s*"
)
_GAP = re.compile(rb"\s*+\(")
_CODE = re.compile(rb"[^\s\\]")
_LINE_END = re.compile(rb"[ \t]*\r?\n")
_LONGEST_ARGUMENTS = 1 << 14
"""Bytes of an argument list that are searched for types."""


class Masks:
    """The masks, compiled once per process."""

    def __init__(self, data: MaskData) -> None:
        words = [w.encode() for w in data.attribute_words]
        self._words = re.compile(rb"(?:%s)\Z" % b"|".join(words))
        plain = sorted(w for w in words if not w.startswith(b"__"))
        self._plain = re.compile(rb"\b(?:%s)\b(?!\s*[(,;=\]\[.)-])" % b"|".join(plain))
        self._calls = frozenset(w.encode() for w in data.attribute_calls)
        plain_calls = sorted(w for w in self._calls if not w.startswith(b"__"))
        self._plain_calls = re.compile(rb"\b(?:%s)\b" % (b"|".join(plain_calls) or b"(?!)"))
        self._loop = re.compile(rb"(?:%s)\Z" % data.loop_macros.encode())
        self._tail = re.compile(rb"(?:%s)\Z" % data.loop_tails.encode())
        self._grammar_words = frozenset(w.encode() for w in data.grammar_words)
        self._types = frozenset(w.encode() for w in data.type_words)
        types = b"|".join(sorted(self._types))
        self._maybe_type = re.compile(rb"\b(?:%s)\b|\*\s*(?:,|\Z)|%s" % (types, _OPERATOR_ARGUMENT))
        self._type_macros = frozenset(w.encode() for w in data.type_macros)
        self._array_macros = frozenset(w.encode() for w in data.array_macros)
        self._definers = tuple(
            (re.compile(rb"(?:%s)\Z" % d.macro.encode()), d) for d in data.definer
        )
        self.data = data
        self._known: dict[bytes, bool] = {}

    def definer(self, name: bytes) -> Definer | None:
        """The rule for a macro that defines functions, if *name* is one."""
        return next((rule for pattern, rule in self._definers if pattern.match(name)), None)

    def is_loop(self, name: bytes) -> bool:
        """Whether *name* is a function-like macro that heads a loop."""
        return self._loop.match(name) is not None

    def apply(self, clean: bytes, body: int) -> bytes:
        """Mask a function (or a macro body) whose opening brace is at *body*."""
        text = bytearray(clean)
        for match in _LOCAL_DIRECTIVE.finditer(clean, body):
            text[match.start() : match.end()] = spaces(match[0])
        clean = bytes(text)
        self._assembly(clean, text, body)
        self._lone_words(clean, text, body)
        clean = bytes(text)
        self._attributes(clean, text)
        self._definer(clean, text, body)
        self._calls_of_macros(clean, text, body)
        for match in _COMPUTED_GOTO.finditer(clean, body):
            text[match.start() : match.end()] = b"    "
        for match in _LABEL_ADDRESS.finditer(clean, body):
            text[match.end(1) : match.end()] = b"  "
        for match in _RANGE.finditer(clean, body):
            text[match.start() : match.end()] = b" + "
        return bytes(text)

    def attributes(self, clean: bytes) -> bytes:
        """Mask only what a type definition needs: attributes, and macros that declare members."""
        text = bytearray(clean)
        self._attributes(clean, text)
        arrays = [m for m in _CALL.finditer(clean) if m[1] in self._array_macros]
        closers = pairs(clean) if arrays else {}
        for match in arrays:
            _array(clean, text, match, closers.get(match.end() - 1, -1))
        return bytes(text)

    def _attributes(self, clean: bytes, text: bytearray) -> None:
        with_arguments = []
        for match in _UNDERSCORED.finditer(clean):
            if clean[match.start() - 1 : match.start()].isalnum():
                continue
            word = match[0]
            if word in self._calls:
                with_arguments.append(match)
                continue
            known = self._known.get(word)
            if known is None:
                known = self._known[word] = self._words.match(word) is not None
            if known:
                text[match.start() : match.end()] = b" " * len(word)
        for match in self._plain.finditer(clean):
            text[match.start() : match.end()] = b" " * (match.end() - match.start())
        with_arguments += self._plain_calls.finditer(clean)
        closers = pairs(clean) if with_arguments else {}
        for match in with_arguments:
            gap = _GAP.match(clean, match.end())
            end = closers.get(gap.end() - 1, match.end() - 1) + 1 if gap else match.end()
            text[match.start() : end] = spaces(clean[match.start() : end])
        head = _SHOUTED.match(text)
        if head:
            text[: head.end(1)] = spaces(bytes(text[: head.end(1)]))
        decorated = _SHOUTED_BEFORE_NAME.match(text)
        if decorated:
            text[slice(*decorated.span(1))] = b" " * len(decorated[1])

    @staticmethod
    def _lone_words(clean: bytes, text: bytearray, body: int) -> None:
        """Macros that stand alone: ``FLUSH_END``, ``put_user_try {``, ``static DEFINE_X(...)``."""
        for match in _STATIC_MACRO.finditer(clean, body):
            text[match.start() : match.end()] = b" " * (match.end() - match.start())
        for pattern in (_LONE_WORD, _BLOCK_WORD):
            for match in pattern.finditer(clean, body):
                start, end = match.span(1)
                text[start:end] = b" " * (end - start)

    @staticmethod
    def _assembly(clean: bytes, text: bytearray, body: int) -> None:
        """``asm volatile(...)`` becomes the call ``a_m ( )``: its text is no C."""
        found = list(_ASM.finditer(clean, body))
        closers = pairs(clean, body) if found else {}
        for match in found:
            opening = match.end() - 1
            close = closers.get(opening, -1)
            if close >= 0:
                word = clean[match.start() : opening]
                text[match.start() : opening] = b"a_m" + spaces(word)[3:]
                text[opening + 1 : close] = spaces(clean[opening + 1 : close])

    def _definer(self, clean: bytes, text: bytearray, body: int) -> None:
        """``SYSCALL_DEFINE2(munmap, unsigned long, addr, ...)`` becomes ``int munmap(...)``."""
        match = _CALL.search(clean, 0, body)
        rule = match and self.definer(match[1])
        close = closing(clean, match.end() - 1) if match else -1
        if not match or not rule or not match.end() <= close < body:
            return
        start, opening = match.start(), match.end() - 1
        text[start : opening + 1] = b"int".ljust(opening + 1 - start)
        between = commas(clean, opening + 1, close)
        if not between:
            name = clean[opening + 1 : close].strip()
            whole = b"int " + name + b"(void)"
            gap = spaces(clean[start : close + 1])
            if len(whole) <= len(gap):
                text[start : close + 1] = whole + gap[len(whole) :]
            return
        text[between[0]] = ord("(")
        if rule.pairs:
            for comma in between[1::2]:
                text[comma] = ord(" ")
        text[close + 1 : body] = spaces(bytes(text[close + 1 : body]))

    def _calls_of_macros(self, clean: bytes, text: bytearray, body: int) -> None:
        closers = pairs(clean, body)
        for match in _CALL.finditer(clean, body):
            name = match[1]
            opening = match.end() - 1
            close = closers.get(opening, -1)
            if text[match.start()] == 32 or close < 0:
                continue
            if name in self._type_macros:
                start = match.start()
                text[start : close + 1] = _one_word(clean[start : close + 1])
                continue
            if name in _KEYWORDS:
                continue
            if name in self._grammar_words:
                text[match.start()] = ord("_")
            elif name in self._array_macros:
                _array(clean, text, match, close)
                continue
            self._block_macro(clean, text, match, close)
            short = close - opening < _LONGEST_ARGUMENTS
            if short and self._maybe_type.search(clean, opening + 1, close):
                self._type_arguments(clean, text, opening, close)

    def _block_macro(
        self, clean: bytes, text: bytearray, match: re.Match[bytes], close: int
    ) -> None:
        name = match[1]
        start, end = match.span(1)
        after = _next_code(clean, close + 1)
        if name.startswith(b"do_each_") and after == b"{":
            rest = spaces(bytes(text[end : close + 1]))
            text[start : close + 1] = b"do".ljust(end - start) + rest
        elif self._tail.match(name):
            text[start:end] = b"while".ljust(end - start)
        elif self.is_loop(name) and len(name) >= 5 and after:
            ends_do = after == b";" and _before(clean, start)[-1:] == b"}"
            if after not in b";,)=&|?:<>+-*/.]" or ends_do:
                text[start:end] = b"while".ljust(end - start)
        elif len(name) >= 2 and _begins_statement(clean, start):
            if after == b"}" and clean[close + 1 : close + 2].isspace():
                text[close + 1] = ord(";")
            elif after == b"{" or (after.isalpha() and _LINE_END.match(clean, close + 1)):
                text[start:end] = b"if".ljust(end - start)

    def _type_arguments(self, clean: bytes, text: bytearray, opening: int, close: int) -> None:
        """Write types and operators in argument position as one word: ``min_t(unsigned_long,``."""
        starts = [opening, *commas(clean, opening + 1, close), close]
        for left, right in pairwise(starts):
            argument = clean[left + 1 : right]
            stripped = argument.strip()
            if not stripped or b"{" in stripped:
                continue
            first = re.match(rb"\w+", stripped)
            if first is not None:
                is_word = first[0] in self._types or (
                    stripped.endswith(b"*") and _POINTER_ARGUMENT.fullmatch(stripped) is not None
                )
            else:
                is_word = _OPERATOR.fullmatch(stripped) is not None
            if is_word:
                at = left + 1 + argument.index(stripped)
                text[at : at + len(stripped)] = _one_word(stripped)


@cache
def load_masks() -> Masks:
    """The masks of ``queries/syntax/masks.toml``.  Raises DataError when it is not valid."""
    return Masks(load_mask_data())


def _one_word(written: bytes) -> bytes:
    """An identifier as long as *written*: ``struct foo *`` becomes ``_truct_foo__``."""
    return b"_" + _NON_WORD.sub(b"_", written)[1:]


def _array(clean: bytes, text: bytearray, match: re.Match[bytes], close: int) -> None:
    """``DECLARE_BITMAP(name, size)`` becomes ``int name[size]``."""
    opening = match.end() - 1
    between = commas(clean, opening + 1, close)
    if close < 0 or len(between) != 1 or opening - match.start() < 3:
        return
    text[match.start() : opening + 1] = b"int".ljust(opening + 1 - match.start())
    text[between[0]], text[close] = ord("["), ord("]")


def _next_code(text: bytes, at: int) -> bytes:
    found = _CODE.search(text, at)
    return found[0] if found else b""


def _before(text: bytes, at: int) -> bytes:
    """The code just before *at*: enough of it to know how a statement ended."""
    return text[max(0, at - 400) : at].rstrip(b" \t\r\n\\")


def _begins_statement(text: bytes, at: int) -> bool:
    before = _before(text, at)
    return not before or before[-1:] in (b";", b"{", b"}", b":", b")") or before.endswith(b"else")
