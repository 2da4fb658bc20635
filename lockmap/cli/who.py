"""``lockmap who``: which locks a field is accessed under, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import click

from lockmap.ask.who import HELD, Accessor, Count, Who
from lockmap.ask.who import who as answer_of
from lockmap.cli.help import examples
from lockmap.cli.listing import lock_option
from lockmap.cli.page import Page, plural
from lockmap.cli.question import (
    Form,
    Question,
    form_option,
    most_option,
    question_options,
    tell_answers,
)

_HEADS = {"read": "for read", "write": "for write", "either": "held", "none": "not held"}
_HEADS |= {"unknown": "not known"}
_LINES = 6


@click.command(
    epilog=examples(
        "lockmap who vm_area_struct.vm_flags",
        "lockmap who mm_struct.locked_vm --most 0        every function",
        "lockmap who locked_vm                           where only one struct has it",
        "lockmap who mm_struct.brk --format jsonl | jq .counts",
    )
)
@click.argument("field", metavar="STRUCT.FIELD")
@question_options
@lock_option
@most_option
@form_option
def who(question: Question, *, field: str, lock: str | None, most: int, form: Form) -> None:
    """Tell which locks a field is accessed under, by whom, and where a rule is broken.

    Of the functions that name a lock or what it protects: others are not read. Accesses of
    objects that are not shared yet, or no longer, are counted apart.
    """
    tell_answers(
        question,
        lock,
        form,
        lambda opened, name: answer_of(opened, field, lock=name),
        lambda page, answer: _tell(page, answer, most),
    )


def _tell(page: Page, answer: Who, most: int) -> None:
    page.title(f"{answer.struct}.{answer.field}")
    _rules(page, answer)
    shared = [count for count in answer.counts if count.phase == "normal"]
    if shared:
        page.heading(f"Accesses of shared objects, by how {answer.lock} is held")
        _table(page, shared, "access", lambda count: count.access)
        page.heading("The same by folder")
        _table(page, shared, "folder", lambda count: count.folder, most)
    others = [count for count in answer.counts if count.phase != "normal"]
    if others:
        page.heading("Accesses of objects that are not shared yet (init) or no longer (teardown)")
        _table(page, others, "access", lambda count: f"{count.phase} {count.access}")
    _violations(page, answer, most)
    _functions(page, answer, most)


def _rules(page: Page, answer: Who) -> None:
    rule = answer.rule
    support = {kind: (follow, told, total) for kind, follow, told, total in rule.support}
    page.line(_rule("read", rule.read_rule, support.get("read")))
    if "address" in support:
        page.line(_rule("not written, its address taken", rule.write_rule, support["address"]))
    else:
        page.line(_rule("written", rule.write_rule, support.get("write")))
    if rule.documented:
        agreement = f" ({rule.agreement})" if rule.agreement else ""
        page.line(f"documented: {rule.documented}{agreement}")
    if answer.alike:
        page.line(f"see also: {', '.join(f'{answer.struct}.{name}' for name in answer.alike)}")


def _rule(verb: str, text: str, support: tuple[int, int, int] | None) -> str:
    """``written under: mmap_lock write; so 4 of 5 that tell, of 7 in all``."""
    follow, told, total = support or (0, 0, 0)
    if not total:
        return f"not {verb}, as far as the map knows"
    if text == "unclear":
        return f"{verb} under: unclear; {told:,} of {total:,} tell"
    where = "in new objects only" if text == "init only" else f"under: {text}"
    return f"{verb} {where}; so {follow:,} of {told:,} that tell, of {total:,} in all"


_ES = "accesses"


def _table(
    page: Page,
    counts: Iterable[Count],
    title: str,
    row_of: Callable[[Count], str],
    most: int = 0,
) -> None:
    """Counts in rows, with a column for each way in which the lock is held."""
    rows: dict[str, Counter[str]] = {}
    for count in counts:
        rows.setdefault(row_of(count), Counter())[count.held] += count.number
    used = [held for held in HELD if any(row[held] for row in rows.values())]
    table = [(title, *(_HEADS.get(held, held) for held in used), "all")]
    ordered = sorted(rows.items(), key=lambda row: (-row[1].total(), row[0]))
    if most and len(ordered) > most:
        rest = sum((row for _, row in ordered[most:]), Counter[str]())
        ordered = [*ordered[:most], (f"{len(ordered) - most} others", rest)]
    for name, row in ordered:
        table.append((name, *(_number(row[held]) for held in used), _number(row.total())))
    page.table(table, numbers=len(used) + 1)


def _number(number: int) -> str:
    return f"{number:,}" if number else "-"


def _violations(page: Page, answer: Who, most: int) -> None:
    found = answer.rule.violations
    if not found:
        return
    page.heading(f"Accesses that break the rule: {len(found):,}")
    shown = found[:most] if most else found
    for file, line, column, function, kinds in shown:
        page.line(f"{file}:{line}:{column}: {function}: the rule for {kinds.replace(' ', ' and ')}")
    _more(page, len(found) - len(shown), "access", _ES)


def _functions(page: Page, answer: Who, most: int) -> None:
    shared = [a for a in answer.accessors if a.phase == "normal"]
    writers = [a for a in shared if a.writes]
    others = [a for a in shared if not a.writes]
    for title, found in (("Who writes it", writers), ("Who reads it or takes its address", others)):
        if found:
            shown = found[:most] if most else found
            page.heading(f"{title}: {plural(len(found), 'function')}")
            page.table([_ACCESSOR_HEADS, *map(_accessor, shown)])
            _more(page, len(found) - len(shown), "function")


_ACCESSOR_HEADS = ("place", "function", "accesses", "lock", "lines")


def _accessor(accessor: Accessor) -> tuple[str, ...]:
    kinds = (
        (accessor.reads, "read", "reads"),
        (accessor.writes, "write", "writes"),
        (accessor.addresses, "address", "addresses"),
    )
    lines = " ".join(map(str, accessor.lines[:_LINES]))
    return (
        f"{accessor.file}:{accessor.lines[0]}",
        accessor.function,
        ", ".join(plural(number, *words) for number, *words in kinds if number),
        ", ".join(_HEADS.get(held, held) for held in accessor.held),
        f"{lines} ..." if len(accessor.lines) > _LINES else lines,
    )


def _more(page: Page, number: int, word: str, words: str = "") -> None:
    if number > 0:
        page.quiet(f"and {plural(number, 'more ' + word, words and 'more ' + words)} (--most 0)")
