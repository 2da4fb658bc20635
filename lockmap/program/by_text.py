"""What a text alone tells, worked out once in a process, whoever asks and in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def by_text(function: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """*function*, with its results kept under the digest of the text: they must not be changed.

    The text itself is not kept, as lru_cache would.
    """
    known: dict[bytes, T] = {}

    def told(text: bytes) -> T:
        key = blake2b(text, digest_size=16).digest()
        if key not in known:
            known[key] = function(text)
        return known[key]

    return told
