"""A tree of a few C texts, outlined and joined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockmap.facts.outlined import Outlines, Packer
from lockmap.program.call_rules import load_call_rules
from lockmap.program.callbacks import Callback, callbacks_of, function_links
from lockmap.program.calls import Calls, call_graph
from lockmap.program.code import Code, join
from lockmap.program.frames import value_owners
from lockmap.program.hooks import listed_members
from lockmap.program.layouts import join_types
from lockmap.program.made import with_made
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Links, Resolver
from lockmap.program.stored import stored
from lockmap.program.undefined import with_undefined
from lockmap.program.values import Values
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.outline import Outliner

OUTLINER, TYPES = Outliner(), TypeReader()


def outlines(texts: Mapping[str, str]) -> Outlines:
    """The outlines of files by path, in the order of their paths."""
    packer = Packer(OUTLINER)
    for path in sorted(texts):
        outline = OUTLINER.outline(texts[path].encode(), declares=True)
        packer.add(outline, TYPES.read(outline))
    return packer.packed()


def tree(texts: Mapping[str, str]) -> Code:
    """The code of files by path."""
    return join(sorted(texts), outlines(texts))


def reader(texts: Mapping[str, str]) -> Callable[[str], bytes]:
    """How the bytes of a file of *texts* are read."""
    return lambda path: texts[path].encode()


@dataclass(frozen=True)
class Linked:
    """The code of texts with what macros made, the links of its calls, its callbacks, its calls."""

    code: Code
    calls: Links
    callbacks: list[Callback]
    graph: Calls

    def edges(self) -> set[tuple[str, str]]:
        """(caller, callee) of every call."""
        ends = zip(self.graph.caller.tolist(), self.graph.callee.tolist(), strict=True)
        return {(self.code.name(a), self.code.name(b)) for a, b in ends}


def all_links(code: Code) -> Links:
    """What all calls may mean."""
    return Resolver(code).resolve(code.calls["hash"], code.item_file[code.calls["owner"]])


def linked(texts: Mapping[str, str]) -> Linked:
    """*texts* put together as a scan does."""
    read = reader(texts)
    found = outlines(texts)
    code = join(sorted(texts), found)
    layouts = join_types(found, code)
    made = with_made(code, layouts, Resolver(code), read)
    code, links = made.code, all_links(made.code)
    resolver = Resolver(code)
    values = Values(made.assigned, resolver, {}, frozenset())
    rules = load_call_rules()
    listed = listed_members(code, rules.hook, read)
    owners = member_owners(code, made.assigned, values, listed)
    named = function_links(code, resolver, read)
    inside = value_owners(code, layouts, listed)
    more = with_undefined(code, named, layouts, resolver, inside, made.spelled, read)
    put = callbacks_of(more.code, more.links, layouts, inside, owners, listed)
    kept = stored(code, resolver, layouts, owners)
    defined = [c for c in put if c.item < more.first]
    calls = call_graph(code, resolver, [*defined, *kept], owners.struct, rules, ())
    return Linked(more.code, links, put, calls)
