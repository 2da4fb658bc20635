"""What typing many functions will ask of the index, asked in one pass over it.

A pass costs the same for one name and for thousands.  Typing works without this, only slower.
"""

from __future__ import annotations

from collections.abc import Iterable

from lockmap.facts.model import Function, Member, Name
from lockmap.facts.render import walk
from lockmap.program.ctypes import SCALARS, read_type
from lockmap.program.types import Types


def expect(functions: Iterable[tuple[str, Function]], types: Types) -> None:
    """Ask for the names outside them that the (file, function) pairs will need types of."""
    names: set[str] = set()
    for file, function in functions:
        own = types.tree.declared.of_file(file)
        told = {name for name, _ in (*function.params, *function.locals)}
        names.update(name for name in _bases(function) if name not in told and name not in own)
        for _, kind in (*function.params, *function.locals):
            base, _ = read_type(kind)
            if base.isidentifier() and base not in SCALARS:
                names.add(base)
    names -= types.tree.globals.keys()
    types.sources.index.who_mentions(names)


def _bases(function: Function) -> Iterable[str]:
    """The variables of whose type the type of some member depends."""
    for flow in function.flows:
        for step in flow.steps:
            for part in walk(step.expr):
                if isinstance(part, Member) and isinstance(part.base, Name):
                    yield part.base.id
