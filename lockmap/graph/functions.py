"""Which function of the map a row means that names only its file, its name and a line in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from lockmap.graph.model import Graph
from lockmap.map.read import Map
from lockmap.map.read_functions import FunctionPlace
from lockmap.map.read_links import read_by_keys, read_by_names


@dataclass(slots=True)
class Functions:
    """Functions that were looked up, so that none is twice."""

    opened: Map
    _by_key: dict[int, FunctionPlace] = field(default_factory=dict)
    _by_name: dict[str, list[FunctionPlace]] = field(default_factory=dict)
    places: dict[str, FunctionPlace] = field(default_factory=dict)
    """By their names in the graph."""

    def load_keys(self, keys: Iterable[int]) -> None:
        """Look up functions by their keys."""
        new = set(keys) - self._by_key.keys()
        self._by_key |= read_by_keys(self.opened.select, new)

    def load_names(self, names: Iterable[str]) -> None:
        """Look up functions by name."""
        new = set(names) - self._by_name.keys()
        self._by_name |= read_by_names(self.opened.select, new)

    def of_key(self, key: int) -> FunctionPlace | None:
        """The function of a key, which was loaded."""
        return self._by_key.get(key)

    def named(self, name: str) -> Collection[FunctionPlace]:
        """The functions of a name, which was loaded."""
        return self._by_name.get(name, ())

    def at(self, file: str, name: str, line: int) -> FunctionPlace | None:
        """The function of this name in whose lines *line* stands; its name was loaded."""
        here = [place for place in self.named(name) if place.file == file]
        inside = [place for place in here if place.line <= line <= place.end_line]
        return next(iter(inside or here), None)

    def node(self, graph: Graph, place: FunctionPlace) -> str:
        """The node of a function, added if it is new, with its file."""
        name = graph.node(
            "function",
            f"{place.file}:{place.line}:{place.function}",
            label=place.function,
            file=place.file,
            line=place.line,
        )
        self.places.setdefault(name, place)
        return name
