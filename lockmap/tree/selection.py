"""Which files of a tree are read: the rules of ``queries/tree.toml``."""

from __future__ import annotations

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import TreeError

EVERYTHING = "all"
"""The name that takes back every excluded folder at once."""


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to read: ``excluded`` names folders at the top, ``max_bytes`` bounds one file."""

    excluded: tuple[str, ...]
    suffixes: tuple[str, ...]
    max_bytes: int

    def including(self, names: tuple[str, ...]) -> Selection:
        """The same rules with the excluded folders *names* taken back.

        Raises TreeError for a name that is not excluded: it is a misspelling,
        or a folder that is read anyway.
        """
        if EVERYTHING in names:
            return msgspec.structs.replace(self, excluded=())
        wanted = {name.strip("/") for name in names}
        unknown = sorted(wanted.difference(self.excluded))
        if unknown:
            raise TreeError(
                f"{unknown[0]}: not one of the folders left out by default",
                hint=f"choose among {', '.join(self.excluded)}, or {EVERYTHING}",
            )
        kept = tuple(name for name in self.excluded if name not in wanted)
        return msgspec.structs.replace(self, excluded=kept)

    def enters(self, path: str, name: str) -> bool:
        """Whether the folder at *path* (relative, its last part *name*) is walked."""
        return name[0] != "." and path not in self.excluded

    def takes(self, name: str) -> bool:
        """Whether a file of this base name is read; dot files are left-overs of a build."""
        return name.endswith(self.suffixes) and name[0] != "."

    def takes_path(self, path: str) -> bool:
        """``takes`` and ``enters`` for a whole relative path, as git lists them."""
        if not path.endswith(self.suffixes):
            return False
        if path[0] == "." or "/." in path:
            return False
        return path.partition("/")[0] not in self.excluded or "/" not in path


def load_selection() -> Selection:
    """The rules shipped with lockmap."""
    return load_toml(queries_dir() / "tree.toml", Selection)
