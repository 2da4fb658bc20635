"""What ``queries/lifetimes.toml`` says: who makes, shares and frees objects."""

from __future__ import annotations

from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.locks.spec import Citation


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function that has an object for itself alone."""

    function: str
    parameter: int
    """Which of its parameters is the object."""
    cite: Citation


class Lifetimes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of ``lifetimes.toml``."""

    allocators: frozenset[str]
    """Functions whose value is an object that nobody else knows."""
    shares: dict[str, int]
    """Function → the argument that others can see from then on."""
    frees: dict[str, int]
    """Function → the argument that is no object any more from then on."""
    followed: frozenset[str] = frozenset()
    """Structs (tags) whose new objects are followed into the functions that are given them."""
    constructor: tuple[Owner, ...] = ()
    destructor: tuple[Owner, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The functions by which a life begins or ends."""
        return self.allocators | self.frees.keys()

    def given(self, owners: tuple[Owner, ...], function: str, params: tuple[str, ...]) -> set[str]:
        """The parameters of *function* that are objects of its own."""
        found = [o.parameter for o in owners if o.function == function]
        return {params[number] for number in found if number < len(params)}


@cache
def load_lifetimes() -> Lifetimes:
    """The data.  Raises DataError when it is not valid."""
    return load_toml(queries_dir() / "lifetimes.toml", Lifetimes)
