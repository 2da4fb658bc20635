"""``lockmap driver``: all that one driver or filesystem does with a lock."""

from __future__ import annotations

import os
from collections import Counter

import click

from lockmap.ask.driver import CallbackHere, Driver, FieldHere, MemberHere
from lockmap.ask.driver import driver as answer_of
from lockmap.ask.who import HELD
from lockmap.cli.annotate import section_text
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
from lockmap.locks.held import Held
from lockmap.map.read import Map
from lockmap.map.read_ways import names_of

_WORDS = {"read": "reading", "write": "writing"}


@click.command(
    epilog=examples(
        "lockmap driver drivers/infiniband",
        "lockmap driver fs/ext4 kernel_src/linux-6.12 --most 50",
        "lockmap driver fs/ext4/inode.c --lock i_mmap_rwsem",
        "lockmap driver drivers/vfio --format jsonl | jq .members",
    )
)
@click.argument("path", metavar="PATH")
@question_options
@lock_option
@most_option
@form_option
def driver(question: Question, *, path: str, lock: str | None, most: int, form: Form) -> None:
    """Tell all that a driver, a filesystem or a file does with a lock.

    Its critical sections; the functions that return with the lock held or drop their
    caller's; the callbacks that may run with it held, and by which way; the fields that it
    touches with the lock held and without; what is doubtful.  PATH is relative to the tree or to
    the current folder.
    """
    tell_answers(
        question,
        lock,
        form,
        lambda opened, name: answer_of(opened, _inside(opened, path), lock=name, most=most),
        lambda page, answer: _tell(page, answer, most),
    )


def _tell(page: Page, answer: Driver, most: int) -> None:
    page.title(f"{answer.path} and {answer.lock}")
    _overview(page, answer)
    _sections(page, answer, most)
    _contracts(page, answer, most)
    _callbacks(page, answer)
    _fields(page, answer, most)
    _doubts(page, answer, most)


def _inside(opened: Map, path: str) -> str:
    """*path* below the top of the tree: as the shell sees it if it is there, else as it is."""
    root = opened.meta().get("root", "")
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(root)) if root else ".."
    # Both may be meant: `mm` in the tree and `mm` in the current folder, if that lies in it.
    if inside.startswith("..") or not os.path.exists(path):  # noqa: PTH110 (never raises)
        return os.path.normpath(path) if path else path
    return inside


def _overview(page: Page, answer: Driver) -> None:
    page.line(f"{plural(answer.files, 'file')}; {plural(len(answer.sections), 'section')}")
    reached = answer.reached
    page.line(
        f"{plural(reached.functions, 'function')} may run with it held "
        f"({reached.read:,} for reading, {reached.write:,} for writing), "
        f"{reached.must:,} on every call that is known"
    )
    if reached.distances:
        spread = _spread(reached.distances)
        page.line(f"calls from where it is taken: {spread}")


def _spread(distances: tuple[tuple[int, int], ...]) -> str:
    """How many functions are so far away: ``1-3: 12, 4-6: 140, further: 900``."""
    steps = ((1, 3), (4, 6), (7, 10))
    parts = [
        (f"{first} to {last}", sum(n for d, n in distances if first <= d <= last))
        for first, last in steps
    ]
    parts.append(("more", sum(n for d, n in distances if d > steps[-1][1])))
    return ", ".join(f"{name}: {plural(n, 'function')}" for name, n in parts if n)


def _sections(page: Page, answer: Driver, most: int) -> None:
    if not answer.sections:
        return
    verdicts = Counter(section.paths for section in answer.sections)
    told = ", ".join(f"{number:,} {verdict}" for verdict, number in sorted(verdicts.items()))
    page.heading(f"Sections: {len(answer.sections):,} ({told})")
    # What is to be looked at first.
    ordered = sorted(answer.sections, key=lambda section: section.paths == "balanced")
    for section in ordered[: most or None]:
        page.line(
            f"{section.file}:{section.acquire_line}: {section.function}: "
            f"{section.paths}: {section_text(section)}"
        )
    _more(page, len(ordered) - most if most else 0, "section")


def _contracts(page: Page, answer: Driver, most: int) -> None:
    if not answer.contracts:
        return
    page.heading(
        f"What functions need of their caller's lock, take, and do to it: {len(answer.contracts):,}"
    )
    for contract in answer.contracts[: most or None]:
        page.line(f"{contract.file}:{contract.line}: {contract.function}: {contract.text}")
    _more(page, len(answer.contracts) - most if most else 0, "function")


def _callbacks(page: Page, answer: Driver) -> None:
    if not answer.put:
        return
    page.heading(
        f"Callbacks that may run with it held: {answer.callbacks:,} of the {answer.put:,} "
        "that are put into structs here"
    )
    for member in answer.members:
        _member(page, member)
    _more(page, answer.all_members - len(answer.members), "member", ", further away")


def _member(page: Page, member: MemberHere) -> None:
    nearest = member.callbacks[0].distance
    modes = " or ".join(f"for {_WORDS[way.mode]}" for way in member.ways)
    count = plural(len(member.callbacks), "function")
    page.line(
        f"{member.struct}.{member.field}: {count}, {plural(nearest, 'call')} away, held {modes}"
    )
    for way in member.ways:
        start = way.steps[0]
        page.quiet(f"{way.mode}: {start.file}:{start.line}: {names_of(way, _NAMES)}", indent=6)
    for callback in member.callbacks[:_FUNCTIONS]:
        page.line(_callback(callback, nearest), indent=6)
    more = len(member.callbacks) - _FUNCTIONS
    if more > 0:
        page.quiet(f"and {plural(more, 'more function')}", indent=6)


def _callback(callback: CallbackHere, nearest: int) -> str:
    elsewhere = "" if callback.function_file == callback.file else f" of {callback.function_file}"
    away = "" if callback.distance == nearest else f" ({plural(callback.distance, 'call')} away)"
    return f"{callback.file}:{callback.line}: {callback.function}{elsewhere}{away}"


_FUNCTIONS = 5
_NAMES = 8


def _fields(page: Page, answer: Driver, most: int) -> None:
    if not answer.fields:
        return
    page.heading(
        f"Fields that it touches (reads / writes, by how {answer.lock} is held): "
        f"{len(answer.fields):,}"
    )
    shown = answer.fields[: most or None]
    used = [
        held
        for held in HELD
        if any(dict(f.reads).get(held) or dict(f.writes).get(held) for f in shown)
    ]
    heads = ("field", *(_HEADS.get(held, held) for held in used), "")
    page.table([heads, *(_field(field, used) for field in shown)])
    _more(page, len(answer.fields) - len(shown), "field")


_HEADS = {"read": "for read", "write": "for write", "either": "held", "none": "not held"}
_HEADS |= {"unknown": "not known"}


def _field(field: FieldHere, used: list[Held]) -> tuple[str, ...]:
    reads, writes = dict(field.reads), dict(field.writes)
    cells = [
        f"{reads.get(held, 0)} / {writes.get(held, 0)}"
        if reads.get(held) or writes.get(held)
        else "-"
        for held in used
    ]
    note = f"{plural(field.violations, 'access', 'accesses')} against its rule"
    return (f"{field.struct}.{field.field}", *cells, note if field.violations else "")


def _doubts(page: Page, answer: Driver, most: int) -> None:
    if answer.violations:
        page.heading(f"Accesses that break the rule of their field: {len(answer.violations):,}")
        for access in answer.violations[: most or None]:
            kinds = access.violates.replace(" ", " and ")
            page.line(
                f"{access.file}:{access.line}:{access.column}: {access.function}: "
                f"{access.struct}.{access.field}: the rule for {kinds}"
            )
        _more(page, len(answer.violations) - most if most else 0, "access", plural_as="accesses")
    if answer.diagnostics:
        page.heading(f"What the map says against itself: {len(answer.diagnostics):,}")
        for diagnostic in answer.diagnostics[: most or None]:
            place = f"{diagnostic.file}:{diagnostic.line}" if diagnostic.line else diagnostic.file
            where = f"{diagnostic.function}: " if diagnostic.function else ""
            page.line(f"{place}: {where}{diagnostic.kind}: {diagnostic.message}")
        _more(page, len(answer.diagnostics) - most if most else 0, "diagnostic")


def _more(page: Page, number: int, word: str, how: str = "", plural_as: str = "") -> None:
    if number > 0:
        words = f"more {plural_as}" if plural_as else ""
        told = plural(number, f"more {word}", words)
        page.quiet(f"and {told}{how} (--most 0)")
