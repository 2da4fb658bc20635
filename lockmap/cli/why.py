"""``lockmap why``: may a function run under a lock, by which way, and if not, why not."""

from __future__ import annotations

from collections.abc import Sequence

import click

from lockmap.ask.why import Why
from lockmap.ask.why import why as answers_of
from lockmap.cli.annotate import section_text
from lockmap.cli.help import examples
from lockmap.cli.listing import chosen_locks, lock_option, need_full
from lockmap.cli.page import Page, plural
from lockmap.cli.question import Form, Question, emit_lines, form_option, question_options
from lockmap.cli.source_lines import SourceLines
from lockmap.map.read_faults import Fault
from lockmap.map.read_functions import EntryPoint, Membership
from lockmap.map.read_ways import THROUGH_MEMBER, Step, Way, names_of
from lockmap.map.records import Site

_IN_FULL = 6
"""Functions of one name that are told in full; of more, a line each."""
_MEMBERS = 12
_PLACES = 3
_SHOWN_NAMES = 9
_FAULTS = 6


@click.command(
    epilog=examples(
        "lockmap why filemap_fault",
        "lockmap why find_vma --file mm/mmap.c",
        "lockmap why unmap_vmas kernel_src/linux-6.12 --lock i_mmap_rwsem",
        "lockmap why 'ext4_*' --file fs/ext4             a line for each of many",
        "lockmap why do_wp_page --format jsonl | jq .ways",
    )
)
@click.argument("function", metavar="FUNCTION")
@question_options
@lock_option
@click.option(
    "--file", "path", default="", metavar="PATH", help="Only functions of this file or folder."
)
@form_option
def why(question: Question, *, function: str, lock: str | None, path: str, form: Form) -> None:
    """Tell whether a function may run under a lock, by which way, and if not, why not.

    Of every function of that name, or glob: the likeliest way from where the lock is taken, in
    each mode and step by step, with the source lines; what the function does with the lock
    itself; in which members of structs it stands.
    """
    with question.open() as opened:
        need_full(opened)
        locks = chosen_locks(opened, lock)
        answers = [
            answer
            for name in locks
            for answer in answers_of(opened, function, lock=name, path=path)
        ]
        if form == "jsonl":
            emit_lines(answers)
            return
        page = Page()
        if len(answers) > _IN_FULL * len(locks):
            _briefly(page, function, answers)
        else:
            source = SourceLines(opened)
            for answer in answers:
                _tell(page, answer, source)
            source.close()
        page.end()


def _briefly(page: Page, function: str, answers: list[Why]) -> None:
    page.title(f"{plural(len(answers), 'answer')} for {function}")
    rows = [("place", "function", "lock", "verdict", "way")]
    for answer in answers:
        nearest = min(answer.ways, key=lambda way: way.distance, default=None)
        way = names_of(nearest, _SHOWN_NAMES) if nearest else ""
        verdict = " ".join(w.mode for w in answer.ways) or _brief(answer)
        place = f"{answer.file}:{answer.line}"
        rows.append((place, answer.function, answer.lock, verdict, way))
    page.table(rows)
    page.quiet("--file tells one of them in full")


def _brief(answer: Why) -> str:
    """The verdict on what no way leads to, in a few words."""
    if not answer.end_line:
        return "not defined in C"
    if answer.verdict == "waits":
        return "no: it waits for it"
    return "not reached" if answer.must == "none" else "only called with it held"


def _tell(page: Page, answer: Why, source: SourceLines) -> None:
    page.title(f"{answer.file}:{answer.line}: {answer.function}")
    for line in _verdict(answer):
        page.line(line)
    for entry in answer.entries:
        for line in _entry(entry, answer):
            page.line(line)
    for refused in answer.refused:
        page.heading("The nearest call of it with the lock held, which no way goes on from")
        step = Step(refused.file, refused.line, refused.caller, answer.function, refused.how)
        page.line(f"{step.file}:{step.line}: {_step(step)}, held {_MODES.get(refused.mode, '')}")
        _code(page, source, step.file, step.line)
        page.quiet(f"lockmap why {refused.caller}", indent=10)
    for way in answer.ways:
        page.heading(_way_heading(way, answer.lock))
        for step in way.steps:
            page.line(f"{step.file}:{step.line}: {_step(step)}")
            code = _code(page, source, step.file, step.line)
            if code and _named(step) not in code:
                page.quiet("a macro there makes what does it", indent=10)
            if step.put:
                page.quiet(f"put there at {_places(step.put)}", indent=10)
    _itself(page, answer, source)
    if answer.members:
        page.heading("Where it is put")
        for member in answer.members[:_MEMBERS]:
            page.line(f"{member.struct}.{member.field}: {_company(member, answer.lock)}")
            page.quiet(_places(member.places), indent=10)
        if len(answer.members) > _MEMBERS:
            page.quiet(f"and in {plural(len(answer.members) - _MEMBERS, 'more member')}")


def _code(page: Page, source: SourceLines, file: str, line: int) -> str:
    """Show a line of the source, and return it."""
    code = source.text(file, line)
    if code:
        page.quiet(code, indent=10)
    return code


def _named(step: Step) -> str:
    """What a call has to name where it is written out."""
    if step.how.startswith(THROUGH_MEMBER):
        return step.how.rpartition(".")[2]
    return step.function


def _places(places: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{file}:{line}" for file, line in places[:_PLACES])
    more = len(places) - _PLACES
    return f"{shown} and {plural(more, 'more place')}" if more > 0 else shown


def _verdict(answer: Why) -> list[str]:
    lock = answer.lock
    if answer.verdict == "waits":
        lines = ", ".join(map(str, answer.waits))
        return [
            f"does not run with {lock} held: it takes it itself, waiting (line {lines}),",
            "so that entered with it held it would wait for ever",
        ]
    if not answer.end_line:
        return [
            "is not defined in C: assembly defines it, or a macro that is not followed makes it;",
            f"it is known for being put in a member, and what it does with {lock} is not known",
        ]
    if answer.verdict == "unreached" and answer.must != "none":
        word = _WORDS.get(answer.must, "")
        return [
            f"is only called with {lock} held{' for ' * bool(word)}{word}: it asserts that, or its",
            "callers do; no call that the map knows leads to it from where the lock is taken",
        ]
    if answer.verdict == "unreached":
        return [
            f"is not known to run with {lock} held: no call that the map knows leads to it",
            "from where the lock is held, or only by ways that are too far fetched",
        ]
    modes = " or ".join(_MODES[way.mode] for way in answer.ways)
    always = {
        "none": "not shown to be held on every call",
        "either": "it is held on every call that is known",
    }.get(answer.must, f"held for {_WORDS.get(answer.must, '')} on every call that is known")
    return [f"may run with {lock} held {modes}; {always}"]


def _entry(entry: EntryPoint, answer: Why) -> list[str]:
    """What an entry point is, and whether a way to it can be right."""
    text = f"is entered from outside as {entry.kind} ({entry.file}:{entry.line})"
    if entry.under != "never":
        return [text]
    told = [f"{text}, never with its caller's lock"]
    if answer.ways:
        told.append("held: a way to it is wrong somewhere, or the lock is another's")
        return told
    return [f"{told[0]} held"]


_WORDS = {"read": "reading", "write": "writing"}
_MODES = {mode: f"for {word}" for mode, word in _WORDS.items()}


def _way_heading(way: Way, lock: str) -> str:
    calls = plural(way.distance, "call")
    pointers = sum(step.how not in {*_BEGINNINGS, "call"} for step in way.steps)
    through = f", {pointers} of them through a pointer" if pointers else ""
    return f"Way with {lock} held {_MODES[way.mode]}: {calls}{through}"


def _step(step: Step) -> str:
    if step.how in _BEGINNINGS:
        by = f", by {step.function}" if step.function else ""
        return f"{step.caller} {_BEGINNINGS[step.how]}{by}"
    if step.how.startswith(THROUGH_MEMBER):
        member = step.how.removeprefix(THROUGH_MEMBER)
        return f"{step.caller} calls {step.function} through {member}"
    if step.how.startswith("handed to "):
        to = step.how.removeprefix("handed to ")
        return f"{step.caller} hands {step.function} to {to}, which calls it"
    return f"{step.caller} calls {step.function}"


_BEGINNINGS = {
    "takes": "takes it",
    "downgrades": "downgrades what its caller holds",
    "holds": "holds it",
}


def _itself(page: Page, answer: Why, source: SourceLines) -> None:
    """What the function does with the lock."""
    if not (answer.sites or answer.contracts or answer.sections or answer.faults):
        return
    page.heading(f"What it does with {answer.lock} itself")
    for contract in answer.contracts:
        page.line(f"{contract.file}:{contract.line}: contract: {contract.text}")
    for site in answer.sites:
        page.line(f"{site.file}:{site.line}: {_site(site)}")
        _code(page, source, site.file, site.line)
    for section in answer.sections:
        page.line(
            f"{section.file}:{section.acquire_line}: {section.paths}: {section_text(section)}"
        )
    for fault in answer.faults[:_FAULTS]:
        page.line(f"{fault.file}:{fault.line}: {_fault(fault)}")
        _code(page, source, fault.file, fault.line)
    if len(answer.faults) > _FAULTS:
        page.quiet(f"and {plural(len(answer.faults) - _FAULTS, 'more access')} of user memory")


def _fault(fault: Fault) -> str:
    if fault.quiet:
        return f"{fault.callee} with page faults turned off: it fails instead of taking the lock"
    return f"may fault, and so take it for {_WORDS.get(fault.mode, fault.mode)}: {fault.callee}"


def _site(site: Site) -> str:
    word = _WORDS.get(site.mode, "")
    held = " (held for {})" if site.op in {"release", "downgrade", "assert"} else " for {}"
    mode = held.format(word) if word else ""
    how = "" if site.direct else f", in {site.api}"
    condition = f" (#if {site.condition})" if site.condition else ""
    return f"{_OPS.get(site.op, site.op)}{mode}{how}{condition}"


_OPS = {
    "acquire": "takes it",
    "try": "tries to take it",
    "release": "drops it",
    "downgrade": "downgrades it",
    "upgrade": "upgrades it",
    "assert": "asserts that it is held",
    "init": "initialises it",
}


def _company(member: Membership, lock: str) -> str:
    """What is said of the other functions in a member."""
    if member.functions == 1:
        return "it alone"
    if member.reached == member.functions:
        return f"as {member.functions:,} functions, all of which may run under {lock}"
    none = "none" if not member.reached else f"{member.reached:,}"
    return f"as {member.functions:,} functions, {none} of which may run under {lock}"
