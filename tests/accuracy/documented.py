"""A document's rules about fields beside what a map shows of them; writes ``docs/write-rules.md``.

``python -m tests.accuracy.documented MAP --rst process_addrs.rst --write docs/write-rules.md``: the
document need not be that of the tree that was scanned.  Linux 6.12 has only its title; it came with
6.13.  Read and compared as a scan does it.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lockmap.documented.agreement import Agreement, worst
from lockmap.documented.compare_calls import Call, HeldBy
from lockmap.documented.model import Found
from lockmap.documented.read import tree_reader
from lockmap.locks.catalog import load_specs
from lockmap.map.filters import Filter
from lockmap.map.read import Map, open_map
from lockmap.map.records import Rule
from lockmap.scan.agreed import Judge

STRUCT = "vm_area_struct"
_PAGE = "Documentation/mm/process_addrs.rst"
_MOST = 6
"""Places shown of one field."""


class _NoCalls:
    """Rules about fields ask nothing of calls."""

    def always(self, file: str, line: int) -> HeldBy:
        """Nothing is known."""
        return {}

    def calls(self, file: str, line: int) -> list[Call]:
        """None is known."""
        return []


@dataclass(frozen=True)
class Judged:
    """What the document says of one field, and what the map shows of it."""

    says: Found
    agreements: Sequence[Agreement]

    @property
    def field(self) -> str:
        """Without its struct."""
        return self.says.subject.removeprefix(f"{STRUCT}.")

    @property
    def cell(self) -> str:
        """The document's words."""
        return self.says.words.partition(": ")[2]


def judged(opened: Map, text: bytes) -> list[Judged]:
    """The rules of the document's tables of fields, compared with a map."""
    rules = tree_reader(load_specs()).of_document(_PAGE, text)
    judge = Judge(opened.select, _NoCalls(), opened.meta().get("locks", "").split())
    wanted = [r for r in rules if r.source == "table" and r.subject.startswith(f"{STRUCT}.")]
    return [Judged(found, agreements) for found, agreements in judge.judge(wanted)]


def support(rule: Rule | None) -> str:
    """``&12/13 of 20``, as ``lockmap rules`` has it of writing."""
    for kind, follow, told, total in rule.support if rule else ():
        if kind != "read":
            return f"{'&' if kind == 'address' else ''}{follow}/{told} of {total}"
    return ""


def page(opened: Map, says: Sequence[Judged], reasons: Mapping[str, str], of: str) -> Iterator[str]:
    """The page, in pieces; *of*: which version of the document it is."""
    rules = {r.field: r for r in opened.rules(Filter(struct=STRUCT))}
    yield _HEAD.format(kernel=opened.meta().get("kernel", ""), of=of)
    details: list[str] = []
    for one in says:
        rule = rules.get(one.field.split(".")[0])
        verdict = worst(one.agreements)
        inferred = rule.write_rule if rule else ""
        yield f"| `{one.field}` | {one.cell} | {inferred} | {support(rule)} | {verdict} |\n"
        noted = [a for a in one.agreements if a.verdict != "agrees" or a.note or a.sites]
        if not noted and one.field not in reasons:
            continue
        notes = " ".join(f"{a.note[0].upper()}{a.note[1:]}." for a in noted if a.note)
        reason = " ".join(part for part in (notes, reasons.get(one.field, "")) if part)
        details.append(f"\n`{one.field}`: {verdict}. {reason}".rstrip() + "\n")
        sites = [site for a in noted for site in a.sites]
        details += ["\n"] if sites else []
        details += [f"- `{f}:{line}` {name}: {held}\n" for f, line, name, held in sites[:_MOST]]
        if len(sites) > _MOST:
            details.append(f"- and {len(sites) - _MOST} more\n")
    yield "\n## Notes\n\nPlaces that break a rule, with the locks that are held there for certain"
    yield " (`?`: of others that is not told).\n"
    yield from details


_HEAD = """\
# Write rules

Written by `make rules`, never by hand: what `Documentation/mm/process_addrs.rst` (which came with
Linux 6.13; here it is that of {of}) says of the fields of `vm_area_struct`, and what the accesses
of Linux {kernel} show.
*Support*: accesses that follow the inferred rule, of so many of which it can be told, of so many in
all; `&`: of places that take the address, where there are no writes. The same is listed by
`lockmap doccheck --subject 'vm_area_struct.*' --all` where the document is in the tree
([how it is compared](reference/documented.md)).

| field | documented | inferred | support | |
|---|---|---|---|---|
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("map", type=Path)
    parser.add_argument("--rst", type=Path, required=True)
    parser.add_argument("--of", default="Linux 6.13", help="whose document it is")
    parser.add_argument("--write", type=Path, help="the page; standard output, if silent")
    asked = parser.parse_args()
    with open_map(asked.map) as opened:
        says = judged(opened, asked.rst.read_bytes())
        if not says:
            sys.exit(
                f"{asked.rst} has no table with a column 'Write lock': take that of Linux 6.13"
            )
        reasons = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
        text = "".join(page(opened, says, reasons, asked.of))
    if asked.write:
        asked.write.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
