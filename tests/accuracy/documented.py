"""Inferred rules beside those that the kernel documents; writes ``docs/write-rules.md``.

``python -m tests.accuracy.documented MAP --rst process_addrs.rst --write docs/write-rules.md``: the
document's tables have a column "Write lock".  Linux 6.12 has only its title; it came with 6.13.
Needs docutils (``pip install lockmap[docs]``).
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import roles

from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.map.records import Access, Rule

STRUCT = "vm_area_struct"
_ROLES = ("struct", "member", "func", "type", "macro")
_LOCKS = {
    "mmap": ("mmap_lock",),
    "VMA": ("vma_lock",),
    "i_mmap": ("i_mmap_rwsem",),
    "anon_vma": ("anon_vma",),
    "rmap": ("i_mmap_rwsem", "anon_vma"),
}
"""The document's words for locks; of several one is enough."""
_NEED = re.compile(r"\b(mmap|VMA|rmap|i_mmap|anon_vma) (read|write)\b")
_ONCE = re.compile(r"written once", re.IGNORECASE)
_MOST = 6
"""Places shown of one field."""


@dataclass(frozen=True)
class Documented:
    """What the document says of one field."""

    field: str
    words: str

    @property
    def needs(self) -> tuple[tuple[str, str], ...]:
        """(lock, mode) in the document's words; of several cases, the last."""
        return tuple(dict.fromkeys(_NEED.findall(self.words.rpartition("NULL:")[2])))

    @property
    def once(self) -> bool:
        """Whether it is only written when the object is new."""
        return _ONCE.search(self.words) is not None


def documented(text: str) -> list[Documented]:
    """The fields of all tables that have a column "Write lock", in order."""
    for role in _ROLES:
        roles.register_local_role(f"c:{role}", roles.GenericRole(role, nodes.literal))
    tree = publish_doctree(
        text, settings_overrides={"report_level": 5, "file_insertion_enabled": 0}
    )
    found = []
    for table in tree.findall(nodes.table):
        rows = [[_text(cell) for cell in row.children] for row in table.findall(nodes.row)]
        if rows and rows[0][0] == "Field" and rows[0][-1] == "Write lock":
            found += [Documented(row[0], row[-1]) for row in rows[1:]]
    return found


def _text(cell: nodes.Node) -> str:
    return " ".join(cell.astext().replace("!", "").split())


def verdict(says: Documented, rule: Rule | None) -> str:
    """``agrees``; ``in part``: only some of the locks show; ``differs``; ``no rule to compare``."""
    if rule is None:
        return "field not accessed"
    if says.once:
        return "agrees" if rule.write_rule in {"init only", "none"} else "differs"
    if not says.needs:
        return "no rule to compare"
    shown = dict(part.rpartition(" ")[::2] for part in rule.write_rule.split(" + "))
    met = [_met(lock, mode, shown) for lock, mode in says.needs]
    if all(met):
        return "agrees"
    return "in part" if any(met) else "differs"


def _met(lock: str, mode: str, shown: Mapping[str, str]) -> bool:
    held = [shown[name] for name in _LOCKS[lock] if name in shown]
    return "write" in held if mode == "write" else bool(held)


def missing(says: Documented, rule: Rule | None) -> list[tuple[str, str]]:
    """The locks of the document that the rule does not have."""
    shown = dict(part.rpartition(" ")[::2] for part in rule.write_rule.split(" + ")) if rule else {}
    return [need for need in says.needs if not _met(*need, shown)]


def evidence(says: Documented, rule: Rule | None, accesses: Sequence[Access]) -> Iterator[str]:
    """Places that explain why the rule is another one: what is held there for certain."""
    lacks = missing(says, rule)
    for access in accesses:
        held = dict(access.locks)
        if access.phase != "normal" and not says.once:
            continue
        if says.once and access.phase == "init":
            continue
        if lacks and all(
            any(held.get(n) == mode or held.get(n) == "write" for n in _LOCKS[lock])
            for lock, mode in lacks
        ):
            continue
        told = [f"{lock} {how}" for lock, how in access.locks if how not in {"none", "unknown"}]
        told += ["?"] if any(how == "unknown" for _, how in access.locks) else []
        held_there = ", ".join(told) or "no lock held"
        yield f"`{access.file}:{access.line}` {access.function}: {held_there}"


def page(
    map_: Path, says: Sequence[Documented], reasons: Mapping[str, str], of: str
) -> Iterator[str]:
    """The page, in pieces; *of*: which version of the document it is."""
    with open_map(map_) as opened:
        rules = {r.field: r for r in opened.rules(Filter(struct=STRUCT))}
        lock = opened.meta()["default_lock"]
        kernel = opened.meta()["kernel"]
        yield _HEAD.format(kernel=kernel, of=of)
        details: list[str] = []
        for one in says:
            member = one.field.split(".")[0]
            rule = rules.get(member)
            result = verdict(one, rule)
            support = ""
            for kind, follow, told, total in rule.support if rule else ():
                if kind != "read":
                    mark = "&" if kind == "address" else ""
                    support = f"{mark}{follow}/{told} of {total}"
            yield (
                f"| `{one.field}` | {one.words} | {rule.write_rule if rule else ''} | {support}"
                f" | {result} |\n"
            )
            if result in {"agrees"}:
                continue
            kinds = ("write", "readwrite", "address")
            found = opened.accesses(Filter(struct=STRUCT, field=member, access=kinds), lock)
            details.append(f"\n`{one.field}`: {result}. {reasons.get(one.field, '')}\n\n")
            shown = list(evidence(one, rule, found))
            details += [f"- {place}\n" for place in shown[:_MOST]]
            if len(shown) > _MOST:
                details.append(f"- and {len(shown) - _MOST} more\n")
        yield "\n## Where they differ\n\nPlaces, with the locks that are held there for certain"
        yield " (`?`: of others that is not told).\n"
        yield from details


_HEAD = """\
# Write rules

Written by `make rules`, never by hand: what `Documentation/mm/process_addrs.rst` (which came with
Linux 6.13; here it is that of {of}) says of the fields of `vm_area_struct`, and what the accesses
of Linux {kernel} show.
*Support*: accesses that follow the rule, of so many of which it can be told, of so many in all;
`&`: of places that take the address, where there are no writes. The same is listed by `lockmap
rules --struct vm_area_struct` and `lockmap accesses --struct vm_area_struct --field FIELD`.

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
    says = documented(asked.rst.read_text(encoding="utf-8"))
    if not says:
        sys.exit(f"{asked.rst} has no table with a column 'Write lock': take that of Linux 6.13")
    reasons = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    text = "".join(page(asked.map, says, reasons, asked.of))
    if asked.write:
        asked.write.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
