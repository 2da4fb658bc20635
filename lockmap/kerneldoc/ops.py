"""The tables of callbacks: prototypes and locking rules, as filesystems/locking.rst has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from lockmap.kerneldoc.callbacks import Op, verdict
from lockmap.kerneldoc.definitions import Definition
from lockmap.kerneldoc.evidence import counted, places_text
from lockmap.kerneldoc.members import Member, read_members
from lockmap.kerneldoc.rst import Cell, Markup, comment, heading, literal, paragraph, table

_MANY = 60
"""Callbacks from which on those that no way leads to are named, not tabled."""
_PROTOTYPE = 70


@dataclass(slots=True)
class Footnotes:
    """Footnotes of a page, numbered as they come; the same text has one number."""

    numbers: dict[str, int] = field(default_factory=dict)
    _fresh: list[str] = field(default_factory=list)

    def mark(self, text: str) -> Markup:
        """The reference to a footnote."""
        if text not in self.numbers:
            self.numbers[text] = len(self.numbers) + 1
            self._fresh.append(text)
        return Markup(f" [{self.numbers[text]}]_")

    def written(self) -> str:
        """Those that were added since this was last asked for."""
        lines = []
        for text in self._fresh:
            head = f".. [{self.numbers[text]}] "
            body = paragraph([text], 80 - len(head)).splitlines()
            lines.append(head + body[0] + "\n")
            lines += [f"   {line}\n" for line in body[1:]]
        self._fresh.clear()
        return "".join(lines)


def ops_section(
    struct: str,
    ops: Sequence[Op],
    definition: Definition | None,
    lock: str,
    notes: Footnotes,
) -> str:
    """A struct of callbacks: prototypes, locking rules, what they rest on."""
    by_field = {op.field: op for op in ops}
    members = [m for m in read_members(definition) if m.function] if definition else []
    names = list(dict.fromkeys([*(m.name for m in members), *by_field]))
    shown = names
    parts = [heading(struct, "-"), ""]
    if len(names) > _MANY:
        shown = [name for name in names if name in by_field and by_field[name].may]
    prototypes = [m for m in members if m.name in shown]
    if prototypes:
        parts.append("prototypes::\n\n" + literal(_prototypes(prototypes)) + "\n")
    rows: list[list[Cell]] = []
    for name in shown:
        op = by_field.get(name)
        word, doubt = verdict(op, lock) if op else ("unknown", "no function is known to be in it")
        rows.append([[f"{name}:"], [word, notes.mark(doubt)] if doubt else [word]])
    parts.append("locking rules:\n\n" + table(["ops", lock], rows, [40, 30]) + "\n")
    if shown is not names:
        rest = [name for name in names if name not in shown]
        parts.append(paragraph([f"No way is known to the other {len(rest)}."]) + "\n")
    footnotes = notes.written()
    if footnotes:
        parts.append(footnotes + "\n")
    parts.append(comment(_evidence(struct, [by_field[n] for n in shown if n in by_field],
                                   definition)))  # fmt: skip
    return "\n".join(part.rstrip("\n") + "\n" if part else "" for part in parts).replace(
        "\n\n\n", "\n\n"
    )


def _prototypes(members: Sequence[Member]) -> list[str]:
    lines = []
    for member in members:
        first, *more = wrap(f"{member.declaration};", _PROTOTYPE, break_long_words=False,
                            break_on_hyphens=False) or [""]  # fmt: skip
        lines += [first, *(f"\t\t{line}" for line in more)]
    return lines


def _evidence(struct: str, ops: Sequence[Op], definition: Definition | None) -> list[str]:
    where = f"{definition.file}:{definition.line}" if definition else "no definition was found"
    lines = [f"Evidence for struct {struct} ({where}):"]
    if definition and definition.elsewhere:
        others = definition.elsewhere
        lines.append(f"  others of this name are in {', '.join(others[:3])}")
    for op in ops:
        line = f"{op.field}: {counted(op.functions, 'function')} in it"
        if op.may:
            modes = ", ".join(f"{mode} {counted(far, 'call')} away" for mode, far in op.distances)
            line += f", {op.under} called through it with the lock held ({modes})"
        lines.append(line)
        if op.must:
            lines.append(f"  held at all known calls: {', '.join(sorted(op.must))}")
        if op.callers:
            lines.append(f"  called at {places_text(op.callers)}")
    return lines
