"""A tree of a few C texts, outlined and joined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockmap.facts.outlined import pack
from lockmap.facts.outlined_types import pack_types
from lockmap.program.callbacks import Callback, callbacks_of
from lockmap.program.code import Code, join
from lockmap.program.layouts import join_types
from lockmap.program.made import with_made
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Links, Resolver
from lockmap.program.values import Values
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.outline import Outliner

OUTLINER, TYPES = Outliner(), TypeReader()


def tree(texts: Mapping[str, str]) -> Code:
    """The code of files by path."""
    return join([(path, pack(OUTLINER.outline(texts[path].encode()))) for path in sorted(texts)])


def reader(texts: Mapping[str, str]) -> Callable[[str], bytes]:
    """How the bytes of a file of *texts* are read."""
    return lambda path: texts[path].encode()


@dataclass(frozen=True)
class Linked:
    """The code of texts with what macros made, the links of its calls, and its callbacks."""

    code: Code
    calls: Links
    callbacks: list[Callback]


def all_links(code: Code) -> Links:
    """What all calls may mean."""
    return Resolver(code).resolve(code.calls["hash"], code.item_file[code.calls["owner"]])


def linked(texts: Mapping[str, str]) -> Linked:
    """*texts* put together as a scan does."""
    read = reader(texts)
    outlines = [(p, OUTLINER.outline(read(p), declares=True)) for p in sorted(texts)]
    code = join([(path, pack(outline)) for path, outline in outlines])
    layouts = join_types([pack_types(TYPES.read(o), o.clean) for _, o in outlines], code)
    made = with_made(code, layouts, Resolver(code), read)
    code, links = made.code, all_links(made.code)
    resolver = Resolver(code)
    values = Values(made.assigned, resolver, {}, frozenset())
    owners = member_owners(code, made.assigned, values)
    found = callbacks_of(code, links, resolver, layouts, owners, read)
    return Linked(code, links, found)
