"""The address of a line in a public cross-referencer."""

from __future__ import annotations

import re

from lockmap.errors import LockmapError

ELIXIR = "https://elixir.bootlin.com/linux/v{version}/source/{file}#L{line}"
"""Bootlin's Elixir: every release and stable release of Linux."""
_RELEASED = re.compile(r"[0-9]+(\.[0-9]+){1,3}(-rc[0-9]+)?")
_HOLES = frozenset({"version", "file", "line"})
_SCHEMES = ("https://", "http://")


def public_template(template: str | None, version: str) -> str:
    """With the version filled in: *template*, or Elixir for a released version.

    Empty where *template* is, or where none is given and the version is of no release.
    Raises ``LockmapError`` for a template that is no address.
    """
    if template is None:
        return ELIXIR.replace("{version}", version) if _RELEASED.fullmatch(version) else ""
    if not template:
        return ""
    holes = set(re.findall(r"\{([^{}]*)\}", template))
    if not template.startswith(_SCHEMES) or holes - _HOLES or "file" not in holes:
        raise LockmapError(
            f"--source-url is no address with {{file}} in it: {template}",
            f"give one as: {ELIXIR}",
        )
    return template.replace("{version}", version)
