"""File names of pages and ids of places in them, made of names that a tree may choose freely.

A name becomes part of a path only where it is plain, short and lower case; any other is spelled
with what of it is plain and a hash of the whole.  So no name leads out of the site, is too long,
or falls together with another on a file system that knows no case.
"""

from __future__ import annotations

import re
from hashlib import blake2b

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_.-]*[a-z0-9_]|[a-z0-9_]")
_OTHER = re.compile(r"[^a-z0-9_]+")
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LONGEST = 60
"""Characters of one part of a path."""
_LONGEST_PATH = 150
_DEEPEST = 12
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}
)
"""Names that Windows keeps for devices, whatever follows the first dot."""


def page_name(room: str, *parts: str) -> str:
    """The name of a page in *room* (a folder of ours), without ``.html``; parts by ``/``."""
    safe = [_part(part) for part in parts]
    name = "/".join((room, *safe))
    if len(safe) > _DEEPEST or len(name) > _LONGEST_PATH:
        return f"{room}/{_hashed('-'.join(parts), '/'.join(parts))}"
    return name


def file_page(room: str, path: str, number: int = 1) -> str:
    """The page of a file or folder of the tree; of several pages, the *number*-th from 1."""
    name = page_name(room, *path.split("/"))
    # A tilde is in no part of a name.
    return name if number == 1 else f"{name}~{number}"


def anchor(*parts: str) -> str:
    """The id of a place in a page: the C domain's ``c.STRUCT.FIELD`` for what is C."""
    text = ".".join(parts)
    if _ID.fullmatch(text) and len(text) <= _LONGEST_PATH:
        return f"c.{text}"
    return f"c.{_hashed(text.lower(), text)}"


def _part(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and len(text) <= _LONGEST
    # A folder that is called as a page is would stand in its place.
    if plain and not text.endswith(".html") and text.partition(".")[0] not in _DEVICES:
        return text
    return _hashed(text.lower(), text)


def _hashed(shown: str, text: str) -> str:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    stem = _OTHER.sub("-", shown).strip("-")[: _LONGEST - 20]
    return f"{stem}-{digest}" if stem else digest
