"""What functions do to locks that their caller sees, in words: takes, drops, returns with, when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from lockmap.facts.model import Function
from lockmap.locks.analysis import Exit
from lockmap.locks.confirm import is_definition
from lockmap.locks.spelling import spelled
from lockmap.locks.state import Changed, Dropped, LockState
from lockmap.locks.values import NEGATIVE, POSITIVE, ZERO, Value, bit
from lockmap.locks.whole import Member, WholeProgram

_MODES = {"read": " for read", "write": " for write"}
_MOST_TESTS = 3
"""Conditions that are told of one effect."""


@dataclass(frozen=True, slots=True)
class LockContract:
    """What a function does to a lock its caller sees, in words."""

    file: str
    line: int
    function: str
    lock: str
    text: str


def contracts(program: WholeProgram) -> list[LockContract]:
    """The contracts of all functions, in order of their places."""
    found: set[LockContract] = set()
    for member in program.members.values():
        if member.summary is None or is_definition(program, member):
            continue
        for lock, text in (*_effects(program, member), *_taken(program, member)):
            found.add(LockContract(member.file, member.unit.line, member.name, lock, text))
    return sorted(found, key=lambda c: (c.file, c.line, c.function, c.lock, c.text))


def _effects(program: WholeProgram, member: Member) -> Iterator[tuple[str, str]]:
    """(lock, words) of each thing that the exits of *member* show."""
    function, exits = member.unit.function, member.analysis.exits
    worded: dict[tuple[str, str, str], list[Exit]] = {}
    for left in exits:
        for (lock, path), state in left.state.locks.items():
            if lock.startswith("&"):
                continue
            name = spelled(path, function, program.types, member.file)
            worded.setdefault((lock, *_words(name, state)), []).append(left)
    for (lock, does, may), having in worded.items():
        others = [e for e in exits if not any(e is h for h in having)]
        told, always = _when(having, others, function)
        yield lock, (does if always else may) + told


def _words(name: str, state: LockState) -> tuple[str, str]:
    """What became of a lock: where it is so for certain, and where it may be."""
    if isinstance(state, Dropped):
        return f"drops the caller's lock of {name}", f"may drop the caller's lock of {name}"
    if isinstance(state, Changed):
        what = f"the caller's lock of {name} to {state.mode}"
        return f"changes {what}", f"may change {what}"
    how = _MODES.get(state.mode, "")
    if state.retaken:
        what = f"the caller's lock of {name}{how}"
        return f"drops and retakes {what}", f"may drop and retake {what}"
    return f"returns with {name} held{how}", f"may return with {name} held{how}"


def _taken(program: WholeProgram, member: Member) -> Iterator[tuple[str, str]]:
    """(lock, words) of what *member* takes and drops again, by itself."""
    lines: dict[tuple[str, str], set[int]] = {}
    for (site, lock), section in member.analysis.sections.items():
        left = section.exits or section.given_back or not section.releases
        if left or section.via is not None or lock.startswith("&"):
            continue
        name = spelled(section.key[1], member.unit.function, program.types, member.file)
        text = f"takes the lock of {name}{_MODES.get(section.mode, '')} and drops it again"
        lines.setdefault((lock, text), set()).add(member.line(site[0]))
    for (lock, text), at in lines.items():
        where = "line " if len(at) == 1 else "lines "
        yield lock, f"{text}: {where}{', '.join(map(str, sorted(at)))}"


# -- conditions ----------------------------------------------------------------------------


Truth = bool | None


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition: what it is called, and whether it is so at an exit; None: not known."""

    text: str
    holds: Callable[[Exit], Truth]


def _when(having: Sequence[Exit], others: Sequence[Exit], function: Function) -> tuple[str, bool]:
    """The conditions that tell *having* from *others*, and whether they are enough."""
    possible = list(_tests(having, function))
    tests = [t for t in possible if all(t.holds(e) is True for e in having)]
    chosen: list[_Test] = []
    left = list(others)
    while left and tests and len(chosen) < _MOST_TESTS:
        best = max(tests, key=lambda t: sum(t.holds(e) is False for e in left))
        rest = [e for e in left if best.holds(e) is not False]
        if len(rest) == len(left):
            break
        chosen.append(best)
        left = rest
    if left:  # ``find()`` gives whatever it gives, the others errors: held when it is none
        possible = [t for t in possible if not any(t.holds(e) is False for e in having)]
        enough = [t for t in possible if all(t.holds(e) is False for e in others)]
        chosen, left = (enough[:1], []) if enough else (chosen, left)
    if not chosen:
        return "", not left
    words = " and ".join(test.text for test in chosen)
    return f" {'only ' if left else ''}when {words}", not left


def _tests(having: Sequence[Exit], function: Function) -> Iterator[_Test]:
    """The conditions that may tell, the plainest first."""
    yield from _of_results([e.result for e in having])
    params = [name for name, _ in function.params]
    for name in params:
        if any(f"*{name}" in e.state.facts for e in having):
            yield from _of_pointed(name, params.index(name))
    asked = {key for e in having for key in e.state.facts if key[0] == "$"}
    for key in sorted(asked):
        number, pointed, member = key[1:].partition("->")
        if number.isdigit() and int(number) < len(params):
            name = params[int(number)]
            said = f"*{name}" if member == "*" else f"{name}{pointed}{member}"
            yield from _of_argument(key, said, having)


def _of_results(results: Sequence[Value]) -> Iterator[_Test]:
    flags = sorted({name for value in results for name, on in value.bits if on})
    atoms: set[str] = set()
    for value in results:
        atoms |= value.atoms or set()
    for flag in flags:
        yield _Test(f"result has {flag}", _result(partial(_has, flags=[flag])))
    if len(flags) > 1:
        either = " or ".join(flags)
        yield _Test(f"result has {either}", _result(partial(_has, flags=flags)))
    yield _Test("result < 0", _result(partial(_signs, wanted=NEGATIVE)))
    yield _Test("result != 0", _result(partial(_signs, wanted=NEGATIVE | POSITIVE)))
    yield _Test("result == 0", _result(partial(_signs, wanted=ZERO)))
    yield _Test("result is not an error", _result(partial(_signs, wanted=ZERO | POSITIVE)))
    yield _Test("result > 0", _result(partial(_signs, wanted=POSITIVE)))
    if 0 < len(atoms) <= _MOST_TESTS and all(value.atoms is not None for value in results):
        words = " or ".join(sorted(atoms))
        yield _Test(f"result == {words}", _result(partial(_is_one, atoms=atoms)))


def _of_pointed(name: str, number: int) -> Iterator[_Test]:
    """What became of ``*name``; where nothing is known of it, it was not written."""

    def cleared(left: Exit) -> bool:
        before = left.state.facts.get(f"${number}->*")
        after = left.state.facts.get(f"*{name}")
        return after is not None and after.zero is True and not (before and before.zero)

    def kept(left: Exit) -> bool:
        after = left.state.facts.get(f"*{name}")
        return after is not None and after.zero is False

    yield _Test(f"*{name} becomes 0", cleared)
    yield _Test(f"*{name} is not 0 then", kept)


def _of_argument(key: str, said: str, having: Iterable[Exit]) -> Iterator[_Test]:
    def value(left: Exit) -> Value:
        return left.state.facts.get(key, Value())

    def has(left: Exit, flag: str) -> Truth:
        return bit(value(left), flag)

    def lacks(left: Exit, flag: str) -> Truth:
        return _not(bit(value(left), flag))

    for flag, on in sorted({b for e in having for b in value(e).bits}):
        yield _Test(
            f"{said} {'has' if on else 'lacks'} {flag}", partial(has if on else lacks, flag=flag)
        )
    was = "was" if "->" in key else "is"
    yield _Test(f"{said} {was} 0", lambda e: value(e).zero)
    yield _Test(f"{said} {was} not 0", lambda e: _not(value(e).zero))


def _result(test: Callable[[Value], Truth]) -> Callable[[Exit], Truth]:
    return lambda left: test(left.result)


def _has(value: Value, flags: Sequence[str]) -> Truth:
    known = [bit(value, flag) for flag in flags]
    if any(known) or (value.some and value.some <= set(flags)):
        return True
    return False if all(k is False for k in known) else None


def _signs(value: Value, wanted: int) -> Truth:
    if value.signs & ZERO and value.zero is False:
        value = Value(value.signs & ~ZERO)
    if not value.signs & wanted:
        return False
    return True if not value.signs & ~wanted else None


def _is_one(value: Value, atoms: set[str]) -> Truth:
    if value.atoms is None:
        return None
    if value.atoms <= atoms:
        return True
    return None if value.atoms & atoms else False


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth
