"""The C domain with the structs, fields and functions of a map beside what documents declare.

A map knows names, not declarations: so they are no symbols of the domain's parser, but the same
roles lead to them, and ``objects.inv`` lists them for other projects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.domains.c import CDomain
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from docutils.nodes import Element, reference
    from sphinx.addnodes import pending_xref
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

Known = Mapping[str, tuple[str, str, str]]
"""Type of an object, page and place, by its name."""


class MapDomain(CDomain):
    """The standard C domain, and more objects."""

    known: ClassVar[Known] = {}
    """Of one build: the extension makes a class of its own for each."""

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """What documents declare comes first, and hides what the map knows of that name."""
        declared = set()
        for item in super().get_objects():
            declared.add(item[0])
            yield item
        for name, (kind, page, place) in self.known.items():
            if name not in declared:
                yield name, name, kind, page, place, 1

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> reference | None:
        """What a role refers to."""
        name = target.removesuffix("()").removeprefix("struct ").strip()
        if name in self.known:
            _, page, place = self.known[name]
            return make_refnode(builder, fromdocname, page, place, contnode, name)
        return super().resolve_xref(env, fromdocname, builder, typ, target, node, contnode)

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, Any]]:
        """The same for the role ``any``."""
        name = target.removesuffix("()")
        if name not in self.known:
            return super().resolve_any_xref(env, fromdocname, builder, target, node, contnode)
        kind, page, place = self.known[name]
        found = make_refnode(builder, fromdocname, page, place, contnode, name)
        return [(f"c:{self.role_for_objtype(kind)}", found)]
