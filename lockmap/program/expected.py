"""What typing many functions will ask of the index, asked in one pass over it.

A pass costs the same for one name and for thousands.  Typing works without this, only slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from lockmap.facts.model import Call, Function, Member, Name
from lockmap.facts.render import walk
from lockmap.program.ctypes import SCALARS, read_type
from lockmap.program.types import Types


def expect(functions: Iterable[tuple[str, Function]], types: Types) -> None:
    """Ask for the names outside them that the (file, function) pairs will need types of."""
    names: set[str] = set()
    called: set[str] = set()
    for file, function in functions:
        own = types.tree.declared.of_file(file)
        told = {name for name, _ in (*function.params, *function.locals)}
        _named_in(function, told, own.keys(), names, called)
        for _, kind in (*function.params, *function.locals):
            base, _ = read_type(kind)
            if base.isidentifier() and base not in SCALARS:
                names.add(base)
    names -= types.tree.globals.keys()
    types.sources.index.who_mentions(names)
    types.sources.index.who_defines(called)


def _named_in(
    function: Function,
    told: Set[str],
    own: Set[str],
    variables: set[str],
    called: set[str],
) -> None:
    """Add the variables of whose type the type of some member depends, and what is called."""
    for flow in function.flows:
        for step in flow.steps:
            for part in walk(step.expr):
                if isinstance(part, Member):
                    if isinstance(part.base, Name):
                        name = part.base.id
                        if name not in told and name not in own:
                            variables.add(name)
                elif isinstance(part, Call) and isinstance(part.function, Name):
                    called.add(part.function.id)
