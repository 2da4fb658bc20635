"""The call graph of a tree, step by step, from the outlines of its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lockmap.facts.outlined import Outlines
from lockmap.locks.catalog import Catalog
from lockmap.program.call_gaps import call_gaps
from lockmap.program.call_rules import load_call_rules
from lockmap.program.callbacks import Callback, callbacks_of, function_links
from lockmap.program.calls import Calls, call_graph
from lockmap.program.code import Code, Ids, join
from lockmap.program.entries import entries
from lockmap.program.entry_data import load_entries
from lockmap.program.entry_points import entry_points
from lockmap.program.frames import value_owners
from lockmap.program.handed import with_handed
from lockmap.program.hooks import listed_members
from lockmap.program.layouts import Layouts, join_types
from lockmap.program.made import Made, joined, what_macros_make
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.stored import stored
from lockmap.program.type_data import load_globals
from lockmap.program.undefined import with_undefined
from lockmap.program.values import Values
from lockmap.scan.examined import (
    Entered,
)
from lockmap.scan.heap import give_back


@dataclass(frozen=True)
class Called:
    """The code of a tree, its call graph and its callbacks."""

    code: Code
    resolver: Resolver
    calls: Calls
    callbacks: Sequence[Callback]
    entries: Ids
    """Items that are also called from where no call is known."""
    entered: Entered = field(default_factory=Entered)


def call_graph_of(
    files: Sequence[str],
    outlines: Callable[[], Outlines],
    catalog: Catalog,
    read: Callable[[str], bytes],
) -> Called:
    """The call graph of the tree whose *files*, in order, have the outlines given (consumed)."""
    layouts, made = _as_made(files, outlines, read)
    code, assigned, spelled = made.code, made.assigned, made.spelled
    del made
    resolver = Resolver(code)
    code = with_handed(code, resolver, read)  # calls alone: names mean what they did
    give_back()
    # Each version of the code is a quarter of a gigabyte: none but the last stays.
    layouts, assigned = replace(layouts, code=code), replace(assigned, code=code)
    semantics = catalog.semantics
    rules = load_call_rules()
    listed = listed_members(code, rules.hook, read)
    values = Values(assigned, resolver, load_globals(), semantics.transparent)
    owners = member_owners(code, assigned, values, listed)
    del assigned, values
    named = function_links(code, resolver, read)
    inside = value_owners(code, layouts, listed)
    more = with_undefined(code, named, layouts, resolver, inside, spelled, read)
    callbacks = callbacks_of(more.code, more.links, layouts, inside, owners, listed)
    del inside, spelled
    code, first = more.code, more.first
    del more
    # Nothing is known of what the others run: no way leads through them.
    defined = [c for c in callbacks if c.item < first]
    put = [*defined, *stored(code, resolver, layouts, owners)]
    del layouts
    give_back()
    calls = call_graph(code, resolver, put, owners.struct, rules, semantics.noreturn)
    entered = Entered(
        load_entries(),
        entry_points(code, resolver, defined, load_entries(), read),
        call_gaps(code, resolver, owners, put),
    )
    open_to = entries(code, named, calls, put, owners, rules.exports)
    # What nothing asks from here on is a fifth of a gigabyte for a kernel.
    code = replace(code, frames=code.frames[:0].copy(), refs=code.refs[:0].copy())
    return Called(code, resolver, calls, callbacks, open_to, entered)


def _as_made(
    files: Sequence[str], outlines: Callable[[], Outlines], read: Callable[[str], bytes]
) -> tuple[Layouts, Made]:
    """What the files declare, and their code with what macros make; nothing else stays."""
    given = outlines()
    code = join(files, given, consume=True)
    layouts = join_types(given, code)
    del given
    parts = what_macros_make(code, layouts, Resolver(code), read)
    give_back()
    made = joined(code, layouts, parts)
    return replace(layouts, code=made.code), made
