"""The words that these tests are interested in: one lock, and what surrounds it."""

from lockmap.facts.file import FileFacts, Interest, read_file
from lockmap.facts.render import calls, render

CALLS = frozenset({b"mmap_read_lock", b"mmap_read_unlock", b"mmap_write_lock", b"down_read"})
INTEREST = Interest(
    read=CALLS | {b"mm_struct", b"mmap_lock", b"guard", b"scoped_guard"},
    keep=CALLS | {b"mmap_lock", b"guard", b"scoped_guard"},
    together=(),
    members=frozenset({b"mmap_lock"}),
    calls=CALLS,
)


def read(text: str) -> FileFacts:
    """The facts of a file with this text."""
    return read_file(text.encode(), INTEREST)


def lock_calls(facts: FileFacts) -> list[tuple[int, int]]:
    """(line, column) of every lock call that the facts hold, in functions or outside."""
    found = {(c.line, c.column) for c in facts.loose}
    for unit in facts.units:
        for flow in unit.function.flows:
            for step in flow.steps:
                for call in calls(step.expr):
                    if render(call.function).encode() in CALLS:
                        found.add((unit.line + call.at[0] - 1, call.at[1]))
    return sorted(found)
