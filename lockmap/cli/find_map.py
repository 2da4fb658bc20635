"""Which map a command works on, and where a scan puts one.

Order: ``--map FILE``; the tree or map named; ``$LOCKMAP_MAP``; the map of the tree that the
current folder lies in; the map scanned last.
"""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path

from lockmap.errors import MapError

_SCAN = "make one with: lockmap scan TREE"


def home() -> Path:
    """The folder of all that lockmap keeps between runs; it may be deleted at any time.

    ``$LOCKMAP_HOME``, else ``lockmap`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    own = os.environ.get("LOCKMAP_HOME")
    if own:
        return Path(own).absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    if not cache.startswith("/"):
        cache = os.path.expanduser("~/.cache")  # noqa: PTH111 (Path.home() raises without a home)
        if not cache.startswith("/"):
            raise MapError("there is no home folder", "set $LOCKMAP_HOME to a folder to use")
    return Path(cache) / "lockmap"


def default_map_path(tree: str | Path, rev: str | None = None) -> Path:
    """Where the map of a tree (at a revision, as the user names it) lies if none is named."""
    real = os.path.realpath(tree)
    key = blake2b(os.fsencode(real) + b"\0" + os.fsencode(rev or ""), digest_size=6).hexdigest()
    name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(real).name).lstrip(".")[:60] or "tree"
    return home() / "maps" / f"{name}-{key}.db"


def remember_last(path: Path) -> None:
    """Note the map scanned last; a convenience, so a folder that cannot be written is no error."""
    note = home() / "maps" / "last"
    temporary = note.with_name(f".last.{os.urandom(6).hex()}.tmp")
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(os.fsencode(path.absolute()) + b"\n")
            temporary.replace(note)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError:
        return


def last_map() -> Path | None:
    """The map scanned last, if it is still there."""
    try:
        text = (home() / "maps" / "last").read_bytes()[:4096].partition(b"\n")[0]
    except OSError:
        return None
    path = Path(os.fsdecode(text.replace(b"\0", b"")))
    return path if text and os.path.isfile(path) else None  # noqa: PTH113 (never raises)


def find_map(
    tree_or_map: str | None = None,
    map_file: str | None = None,
    rev: str | None = None,
    *,
    start: Path | None = None,
) -> Path:
    """The map to use; *start* is the folder to look upwards from (default: the current one).

    Raises ``MapError`` that names the command to run if there is none.
    """
    if map_file:
        return Path(map_file)
    if tree_or_map:
        return _named(tree_or_map, rev)
    from_environment = os.environ.get("LOCKMAP_MAP")
    if from_environment:
        return Path(from_environment)
    here = _upwards(start or Path.cwd(), rev)
    if here is not None:
        return here
    last = last_map()
    if last is None:
        raise MapError("there is no map yet", _SCAN)
    return last


def _named(tree_or_map: str, rev: str | None) -> Path:
    path = Path(tree_or_map)
    if not os.path.isdir(path):  # noqa: PTH112 (never raises)
        # A file that is no map, or nothing at all: open_map says so.
        return path
    found = default_map_path(path, rev)
    if not os.path.isfile(found):  # noqa: PTH113
        shown = f"--rev {rev} {tree_or_map}" if rev else tree_or_map
        what = f"{tree_or_map} at {rev}" if rev else tree_or_map
        raise MapError(f"there is no map of {what} yet", f"make one with: lockmap scan {shown}")
    return found


def _upwards(start: Path, rev: str | None) -> Path | None:
    """The map of the nearest folder at or above *start* that has one."""
    real = Path(os.path.realpath(start))
    for folder in (real, *real.parents):
        found = default_map_path(folder, rev)
        if os.path.isfile(found):  # noqa: PTH113
            return found
    return None
