"""The tables of the fields of a struct, as process_addrs.rst has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lockmap.kerneldoc.definitions import Definition
from lockmap.kerneldoc.evidence import rule_lines
from lockmap.kerneldoc.members import Member, read_members
from lockmap.kerneldoc.rst import Cell, comment, role, table, titled
from lockmap.kerneldoc.words import RuleText, Words, cell_text, parse_rule
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.records import Access, Rule

_CONFIG = "Config-specific fields"
_DESCRIPTION = 40
_LOCK = 22


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field, and what is known of it."""

    member: Member
    rule: Rule | None
    """None: it is not accessed in the functions that were read."""
    read: RuleText
    write: RuleText
    addressed: bool
    """Whether ``write`` is that of places that take its address: it is not written by name."""
    accesses: tuple[Access, ...]


def read_rows(
    opened: Map, tag: str, definition: Definition | None, left_out: Callable[[str], bool]
) -> tuple[FieldRow, ...]:
    """The fields of a struct in the order of its text, then those that its text does not have."""
    rules: dict[str, Rule] = {}
    accesses: dict[str, list[Access]] = {}
    # Parts of the struct: the map has the fields of `shared` as those of `vm_area_struct.shared`.
    for struct in (tag, f"{tag}.*"):
        for rule in opened.rules(Filter(struct=struct)):
            rules[_name(tag, rule.struct, rule.field)] = rule
        for access in opened.accesses(Filter(struct=struct, told=True)):
            accesses.setdefault(_name(tag, access.struct, access.field), []).append(access)
    members = {m.name: m for m in read_members(definition)} if definition else {}
    parts = {name.partition(".")[0] for name in members if "." in name}
    for name in rules:
        if name not in members:
            members[name] = Member(name, 0)
    return tuple(
        _row(member, rules.get(name), tuple(accesses.get(name, ())))
        for name, member in members.items()
        if name not in parts and not left_out(name)
    )


def field_tables(
    rows: Sequence[FieldRow], tag: str, file: str, words: Words
) -> list[tuple[str, str]]:
    """(title, table with its evidence) of every group of fields."""
    groups: dict[str, list[FieldRow]] = {}
    for title in (p.title for p in words.of_struct(tag).purpose):
        groups[title] = []
    groups[_CONFIG] = []
    for row in rows:
        groups.setdefault(_group(row, tag, words), []).append(row)
    return [
        (title, titled(_table(found, tag, words), title) + "\n" + _evidence(found, file))
        for title, found in groups.items()
        if found
    ]


def _name(tag: str, struct: str, field: str) -> str:
    return f"{struct[len(tag) + 1 :]}.{field}".removeprefix(".")


def _row(member: Member, rule: Rule | None, accesses: tuple[Access, ...]) -> FieldRow:
    unknown = RuleText(special="unclear")
    if rule is None:
        return FieldRow(member, None, unknown, unknown, False, accesses)
    addressed = any(kind == "address" and total for kind, _, _, total in rule.support)
    return FieldRow(
        member, rule, parse_rule(rule.read_rule), parse_rule(rule.write_rule), addressed, accesses
    )


def _group(row: FieldRow, tag: str, words: Words) -> str:
    if row.member.config:
        return _CONFIG
    for purpose in words.of_struct(tag).purpose:
        if row.member.name in purpose.fields:
            return purpose.title
    if row.write.needs:
        return f"Fields written under the {words.of_lock(row.write.needs[0][0]).noun}"
    if row.write.special == "init only":
        return "Fields written once"
    if row.read.needs:
        return f"Fields read under the {words.of_lock(row.read.needs[0][0]).noun}"
    if row.write.clear or row.read.clear:
        return "Fields that none of these locks protects"
    return "Fields whose locking is unknown"


def _table(rows: Sequence[FieldRow], tag: str, words: Words) -> str:
    config = any(row.member.config for row in rows)
    heads = ["Field", "Description", "Read lock", "Write lock"]
    widths = [30, _DESCRIPTION, _LOCK, _LOCK]
    if config:
        heads.insert(1, "Configuration option")
        widths.insert(1, 24)
    cells: list[list[Cell]] = []
    for row in rows:
        line: list[Cell] = [
            [role("member", row.member.name)],
            [_description(row.member)],
            [cell_text(row.read, words, tag)],
            [_write(row, tag, words)],
        ]
        if config:
            line.insert(1, [row.member.config])
        cells.append(line)
    return table(heads, cells, widths)


def _description(member: Member) -> str:
    text = member.comment.strip()
    if text:
        return text if text.endswith((".", ":", "?", "!", "]")) else f"{text}."
    if member.declaration:
        return f"No comment; declared as {member.declaration}."
    return "Not in the text of the struct."


def _write(row: FieldRow, tag: str, words: Words) -> str:
    text = cell_text(row.write, words, tag)
    if not row.addressed or not row.rule:
        return text
    if not row.write.clear:
        return "unknown: its address is taken"
    return f"N/A - not written by name; address taken: {text}"


def _evidence(rows: Sequence[FieldRow], file: str) -> str:
    lines = ["Evidence, by field:"]
    for row in rows:
        at = f" ({file}:{row.member.line})" if row.member.line else ""
        lines.append(f"{row.member.name}{at}")
        lines += rule_lines(row.rule, row.accesses)
    return comment(lines)
