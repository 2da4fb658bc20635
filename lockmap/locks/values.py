"""What is known of a value on a path: its sign, the constants it may be, its flag bits.

A pointer counts as positive, NULL as zero, an error pointer as negative, so that
``IS_ERR(p)`` and ``p < 0`` are the same question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

NEGATIVE, ZERO, POSITIVE = 1, 2, 4
ANY = NEGATIVE | ZERO | POSITIVE
_MAX_ATOMS = 6
_ZEROS = frozenset({"0", "NULL", "false", "FALSE", "0UL", "0L", "0U"})
_ONES = frozenset({"true", "TRUE"})
_NUMBER = re.compile(r"(-?)(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\Z")


@dataclass(frozen=True, slots=True)
class Value:
    """A set of possible values.  ``atoms`` None = any of that sign."""

    signs: int = ANY
    atoms: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    bits: frozenset[tuple[str, bool]] = frozenset()
    closed: bool = False
    """True when every flag that is neither in ``bits`` nor ``open`` is clear."""
    open: frozenset[str] = frozenset()
    """Flags of a closed value that may be set or clear."""
    some: frozenset[str] = frozenset()
    """At least one of these flags is set; empty when nothing of the kind is known."""

    @property
    def possible(self) -> bool:
        """Whether any value is left."""
        return self.signs != 0 and self.atoms != frozenset()

    @property
    def zero(self) -> bool | None:
        """True if surely zero, False if surely not, None if open."""
        if self.signs == ZERO:
            return True
        if not self.signs & ZERO or self.some or any(on for _, on in self.bits):
            return False
        return None


TOP = Value()
NONZERO = Value(NEGATIVE | POSITIVE)
POINTER = Value(POSITIVE)


def atom(text: str) -> str:
    """The one spelling of a constant: ``NULL``, ``false`` and ``0x0`` are ``0``."""
    if text in _ZEROS:
        return "0"
    if text in _ONES:
        return "1"
    match = _NUMBER.match(text)
    if match:
        digits = match[2]
        base = 16 if digits[:2] in {"0x", "0X"} else 8 if digits[0] == "0" and digits != "0" else 10
        try:
            return str(-int(digits, base) if match[1] else int(digits, base))
        except ValueError:
            return text
    return text


def _atom_signs(text: str) -> int:
    if text.lstrip("-").isdigit():
        number = int(text)
        return NEGATIVE if number < 0 else POSITIVE if number else ZERO
    return NEGATIVE if text.startswith("-") else ANY


def constant(text: str) -> Value:
    """The value that is the constant *text* (a number or a symbol)."""
    one = atom(text)
    symbol = one[:1].isalpha() or one[:1] == "_"
    return Value(
        _atom_signs(one),
        frozenset({one}),
        bits=frozenset({(one, True)}) if symbol else frozenset(),
        closed=symbol,
    )


def flags(names: frozenset[str]) -> Value:
    """The value that has exactly the flags *names* set."""
    return Value(NEGATIVE | POSITIVE, bits=frozenset((n, True) for n in names), closed=True)


def join(a: Value, b: Value) -> Value:
    """What holds on either of two paths."""
    if a == b:
        return a
    atoms = None
    if a.atoms is not None and b.atoms is not None and len(a.atoms | b.atoms) <= _MAX_ATOMS:
        atoms = a.atoms | b.atoms
    excluded = frozenset(
        k for k in a.excluded | b.excluded if _cannot_be(a, k) and _cannot_be(b, k)
    )
    bits, closed, open_ = _joined_bits(a, b)
    return Value(a.signs | b.signs, atoms, excluded, bits, closed, open_, _joined_some(a, b, bits))


def _joined_some(a: Value, b: Value, bits: frozenset[tuple[str, bool]]) -> frozenset[str]:
    """Of which flags one is set on either of two paths, where that is not known of one flag."""
    if a.some == b.some and a.some:
        return a.some
    if any(on for _, on in bits):
        return frozenset()
    either = [v.some or frozenset(n for n, on in v.bits if on) for v in (a, b)]
    together = either[0] | either[1]
    return together if all(either) and len(together) <= _MAX_ATOMS else frozenset()


def _joined_bits(a: Value, b: Value) -> tuple[frozenset[tuple[str, bool]], bool, frozenset[str]]:
    """The flags known of either of two values; of closed ones those that differ are open."""
    if a.bits == b.bits and a.closed == b.closed and a.open == b.open:
        return a.bits, a.closed, a.open
    if not (_is_closed(a) and _is_closed(b)):
        named = {name for name, _ in a.bits | b.bits}
        return (
            frozenset((n, on) for n in named if (on := bit(a, n)) is not None and on == bit(b, n)),
            False,
            frozenset(),
        )
    named = {name for name, _ in a.bits | b.bits} | a.open | b.open
    known = {n: bit(a, n) for n in named if bit(a, n) == bit(b, n)}
    bits = frozenset((n, on) for n, on in known.items() if on is not None)
    return bits, True, frozenset(n for n in named if n not in known or known[n] is None)


def _is_closed(value: Value) -> bool:
    return value.closed or value.signs == ZERO


def _cannot_be(value: Value, text: str) -> bool:
    if value.atoms is not None:
        return all(_differ(a, text) for a in value.atoms)
    return text in value.excluded


def _differ(a: str, b: str) -> bool:
    """Whether two constants surely differ: two numbers or two symbols of other spelling."""
    if a == b:
        return False
    numeric = a.lstrip("-").isdigit(), b.lstrip("-").isdigit()
    if all(numeric) or not any(numeric):
        return True
    return not _atom_signs(a) & _atom_signs(b)


def with_signs(value: Value, signs: int) -> Value:
    """*value* known to have one of *signs* too."""
    signs &= value.signs
    if signs == ZERO and (value.some or any(on for _, on in value.bits)):
        signs = 0
    atoms = value.atoms
    if atoms is not None:
        atoms = frozenset(a for a in atoms if _atom_signs(a) & signs)
        found = 0
        for a in atoms:
            found |= _atom_signs(a)
        signs &= found
    return Value(signs, atoms, value.excluded, value.bits, value.closed, value.open, value.some)


def equal(value: Value, text: str) -> Value:
    """*value* known to equal the constant *text*."""
    text = atom(text)
    if _cannot_be(value, text):
        return Value(0)
    exact = with_signs(value, _atom_signs(text))
    return Value(
        exact.signs,
        frozenset({text}) if exact.signs else frozenset(),
        bits=value.bits | constant(text).bits,
    )


def unequal(value: Value, text: str) -> Value:
    """*value* known to differ from the constant *text*."""
    text = atom(text)
    if value.atoms is not None:
        left = value.atoms - {text}
        return with_signs(replace(value, atoms=left), ANY)
    if text == "0":
        value = with_signs(value, NEGATIVE | POSITIVE)
    return replace(value, atoms=None, excluded=value.excluded | {text})


def meet(a: Value, b: Value) -> Value:
    """What holds when both are known of one value."""
    atoms = a.atoms
    if b.atoms is not None:
        atoms = (
            b.atoms
            if atoms is None
            else frozenset(x for x in atoms if any(not _differ(x, y) for y in b.atoms))
        )
    bits = a.bits | b.bits
    if any((name, not on) in bits for name, on in bits):
        return Value(0)
    excluded = a.excluded | b.excluded
    if atoms is not None:
        atoms = atoms - excluded
    named = {name for name, _ in bits}
    for one, other in ((a, b), (b, a)):
        if one.closed and any(
            on and n not in one.open and (n, True) not in one.bits for n, on in other.bits
        ):
            return Value(0)
    open_ = (a.open & b.open if a.closed and b.closed else a.open | b.open) - named
    met = Value(
        a.signs & b.signs, atoms, excluded, bits, a.closed or b.closed, open_, a.some or b.some
    )
    return with_signs(_narrowed(met), ANY)


def _narrowed(value: Value) -> Value:
    """*value* with what its flags say of ``some``: that one is set, or which one it must be."""
    if not value.some:
        return value
    if any(bit(value, name) for name in value.some):
        return replace(value, some=frozenset())
    left = frozenset(name for name in value.some if bit(value, name) is None)
    if not left:
        return Value(0)
    if len(left) > 1:
        return replace(value, some=left)
    (only,) = left
    return with_bit(replace(value, some=frozenset()), only, on=True)


def with_bit(value: Value, flag: str, on: bool) -> Value:
    """*value* known to have *flag* set or clear."""
    if (flag, not on) in value.bits:
        return Value(0)
    signs = value.signs & (NEGATIVE | POSITIVE) if on else value.signs
    if value.atoms is not None and not on and value.atoms == {flag}:
        return Value(0)
    bits = value.bits | {(flag, on)}
    known = replace(value, signs=signs, bits=bits, open=value.open - {flag})
    return with_signs(_narrowed(known), ANY)


def bit(value: Value, flag: str) -> bool | None:
    """Whether *flag* is set in *value*; None if open."""
    if value.signs == ZERO:
        return False
    if (flag, True) in value.bits:
        return True
    if (flag, False) in value.bits or (value.closed and flag not in value.open):
        return False
    return None


def set_bits(value: Value, flags: list[str], on: bool) -> Value:
    """*value* after ``|= flags`` (on) or ``&= ~flags``."""
    kept = frozenset((name, was) for name, was in value.bits if name not in flags)
    if on:
        known = kept | {(name, True) for name in flags}
        left = value.open - frozenset(flags)
        return Value(NEGATIVE | POSITIVE, bits=known, closed=_is_closed(value), open=left)
    if value.signs == ZERO:
        return value
    cleared = kept | {(name, False) for name in flags}
    return Value(bits=cleared, closed=value.closed, open=value.open - frozenset(flags))
