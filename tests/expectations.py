"""What the miniature kernel's comments say lockmap must answer.

A comment of its own line, directly before the code line it speaks about::

    /* lockmap: hit acquire read; section s read balanced */
    mmap_read_lock(mm);

Parts are separated by ``;``, comments may be stacked, and ``at +N`` moves a part N lines
further down (into a multi-line macro, where no comment can stand).  The words are explained
for readers in ``kernel_src/mini/README.md``; here they are enforced: anything this module
does not know is an error naming file and line, so that a slip cannot silently test nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OPS = ("acquire", "try", "release", "downgrade", "upgrade", "assert", "init")
MODES = ("read", "write", "any")
VERDICTS = ("balanced", "leaks", "unknown")
CONTRACTS = ("returns-held", "drops", "may-drop", "none")
SECTION_CONTRACTS = ("returns-held", "paired")
DEFAULT_LOCK = "mmap_lock"
ACCESSES = ("read", "write", "readwrite", "address")
HELD = ("none", "read", "write", "either", "unknown")
PHASES = ("init", "teardown")
RUNS = ("read", "write", "both", "never")
MUST = ("none", "read", "write", "either")

_MARK = "lockmap:"
_COMMENT = re.compile(r"\s*/\* lockmap: (?P<body>[^*]*[^*\s]) \*/\s*")
_AT = re.compile(r" at \+(?P<lines>\d+)$")
_LABEL = re.compile(r"[a-z][a-z0-9_]*")
_FIELD = re.compile(r"[\w.]+\.\w+")
_NAME = re.compile(r"[A-Za-z_]\w*")
_LOCK = re.compile(r"lock=(?P<name>[a-z][a-z0-9_]*)")


class ExpectationError(ValueError):
    """A comment that is no expectation; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One part of one comment.

    ``kind`` is one of ``hit``, ``todo-hit``, ``ok``, ``todo-ok``, ``section``, ``todo-section``,
    ``ends``, ``contract``, ``access``, ``runs``, ``faults``; fields that a kind does not use keep
    their empty value.
    """

    path: Path
    comment_line: int
    """Where the comment stands, counted from 1."""
    line: int
    """The line spoken about, counted from 1."""
    kind: str
    op: str = ""
    mode: str = ""
    lock: str = DEFAULT_LOCK
    indirect: bool = False
    definition: bool = False
    labels: tuple[str, ...] = ()
    """The section's own label, or the labels of the sections that end here."""
    verdict: str = ""
    contract: str = ""
    """Of a function (``contract``), or why a section may outlive its function (``section``)."""
    field: str = ""
    """``STRUCT.FIELD`` of an access, whose kind is in ``mode``."""
    held: str = ""
    phase: str = ""
    must: str = ""
    """How the lock is held on every call of a function (``runs``); its modes are in ``mode``."""
    way: tuple[str, ...] = ()
    """The functions on the way to it, the one that takes the lock first."""
    callee: str = ""
    """What accesses user memory (``faults``)."""
    region: int = 0
    """Which top-level construct of the file: labels are unique within one."""


class _Words:
    """The words of one part, taken from the left."""

    def __init__(self, text: str) -> None:
        self.rest = text.split()

    def take(self, what: str, allowed: tuple[str, ...]) -> str:
        if not self.rest or self.rest[0] not in allowed:
            found = f"'{self.rest[0]}'" if self.rest else "nothing"
            raise ValueError(f"expected {what} ({', '.join(allowed)}), found {found}")
        return self.rest.pop(0)

    def take_labels(self, several: bool) -> tuple[str, ...]:
        labels = tuple(self.rest.pop(0).split(",")) if self.rest else ()
        if not labels or not all(_LABEL.fullmatch(label) for label in labels):
            raise ValueError("expected a label (a-z, 0-9, _)")
        if len(labels) > 1 and not several:
            raise ValueError("a section has one label")
        return labels

    def take_field(self) -> str:
        if not self.rest or not _FIELD.fullmatch(self.rest[0]):
            raise ValueError("expected a field (STRUCT.FIELD)")
        return self.rest.pop(0)

    def take_names(self) -> tuple[str, ...]:
        names = tuple(self.rest.pop(0).split(",")) if self.rest else ()
        if not names or not all(_NAME.fullmatch(name) for name in names):
            raise ValueError("expected the names of functions")
        return names

    def maybe(self, *words: str) -> str:
        return self.rest.pop(0) if self.rest and self.rest[0] in words else ""

    def end(self) -> None:
        if self.rest:
            raise ValueError(f"unknown word '{self.rest[0]}'")


def _lock(words: _Words) -> dict[str, object]:
    named = _LOCK.fullmatch(words.rest[0]) if words.rest else None
    if named is None:
        return {}
    words.rest.pop(0)
    return {"lock": named["name"]}


def _hit(words: _Words) -> dict[str, object]:
    return {
        "op": words.take("an operation", OPS),
        "mode": words.take("a mode", MODES),
        "indirect": bool(words.maybe("indirect")),
        "definition": bool(words.maybe("definition")),
        **_lock(words),
    }


def _section(words: _Words) -> dict[str, object]:
    return {
        "labels": words.take_labels(several=False),
        "mode": words.take("a section's mode", ("read", "write")),
        "verdict": words.take("a verdict", VERDICTS),
        "contract": words.maybe(*SECTION_CONTRACTS),
        **_lock(words),
    }


def _access(words: _Words) -> dict[str, object]:
    return {
        "field": words.take_field(),
        "mode": words.take("an access", ACCESSES),
        "held": words.take("how the lock is held", HELD),
        "phase": words.maybe(*PHASES) or "normal",
        **_lock(words),
    }


def _runs(words: _Words) -> dict[str, object]:
    return {
        "mode": words.take("in which modes", RUNS),
        "must": words.take("how it must be held", MUST) if words.maybe("must") else "",
        "way": words.take_names() if words.maybe("by") else (),
        **_lock(words),
    }


_KINDS: dict[str, Callable[[_Words], dict[str, object]]] = {
    "hit": _hit,
    "todo-hit": _hit,
    "ok": _lock,
    "todo-ok": _lock,
    "section": _section,
    "todo-section": _section,
    "ends": lambda words: {"labels": words.take_labels(several=True)},
    "contract": lambda words: {"contract": words.take("a contract", CONTRACTS)},
    "access": _access,
    "runs": _runs,
    "faults": lambda words: {"callee": words.take_names()[0], **_lock(words)},
}


def _lines(path: Path) -> list[str]:
    # Latin-1 accepts every byte, and only "\n" ends a line, as for a compiler.
    lines = path.read_bytes().decode("latin-1").split("\n")
    return [line.removesuffix("\r") for line in lines]


def _regions(lines: list[str]) -> list[int]:
    """For each line, how many top-level constructs were closed (``}`` in column 0) before it."""
    region, result = 0, []
    for line in lines:
        result.append(region)
        region += line.startswith("}")
    return result


def _part(text: str, path: Path, comment: int, subject: int, regions: list[int]) -> Expectation:
    at = _AT.search(text)
    if at:
        text = text[: at.start()]
        subject += int(at["lines"])
    if subject >= len(regions):
        raise ValueError("speaks about a line after the end of the file")
    words = _Words(text)
    kind = words.take("a kind", tuple(_KINDS))
    fields = _KINDS[kind](words)
    words.end()
    made = {"path": path, "comment_line": comment + 1, "line": subject + 1, "kind": kind}
    return Expectation(**made, **fields, region=regions[subject])  # type: ignore[arg-type]


def _check_labels(found: list[Expectation]) -> None:
    sections: set[tuple[int, str]] = set()
    for item in found:
        if item.kind in ("section", "todo-section"):
            key = (item.region, item.labels[0])
            if key in sections:
                raise ExpectationError(
                    f"{item.path}:{item.comment_line}: label '{key[1]}' is used twice"
                )
            sections.add(key)
    for item in found:
        for label in item.labels:
            if (item.region, label) not in sections:
                raise ExpectationError(
                    f"{item.path}:{item.comment_line}: no section '{label}' in this function"
                )


def read_expectations(path: Path) -> list[Expectation]:
    """Everything the comments of one C file expect, in the order written.

    Raises ExpectationError, naming file and line, for a comment it does not understand, a
    comment that speaks about nothing, a label used twice or never defined.
    """
    lines = _lines(path)
    regions = _regions(lines)
    comments = [number for number, line in enumerate(lines) if _MARK in line]
    found: list[Expectation] = []
    for number in comments:
        match = _COMMENT.fullmatch(lines[number])
        try:
            if match is None:
                raise ValueError("not a whole '/* lockmap: ... */' comment on a line of its own")
            subject = number + 1
            while subject in comments:
                subject += 1
            if subject >= len(lines) or not lines[subject].strip():
                raise ValueError("speaks about nothing: no code line follows directly")
            found += [
                _part(part.strip(), path, number, subject, regions)
                for part in match["body"].split(";")
            ]
        except ValueError as error:
            raise ExpectationError(f"{path}:{number + 1}: {error}") from error
    _check_labels(found)
    return found
