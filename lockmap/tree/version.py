"""The version a kernel tree says it has, from its top Makefile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lockmap.errors import TreeError

_ASSIGNMENT = re.compile(
    rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*:?=[ \t]*([^\n#]*)", re.MULTILINE
)
_HEAD_BYTES = 1 << 16
"""The four lines stand at the top; a Makefile of another project may be huge."""


@dataclass(frozen=True, slots=True, order=True)
class KernelVersion:
    """VERSION.PATCHLEVEL.SUBLEVEL and EXTRAVERSION (``-rc3``, or empty); ordered by age."""

    major: int
    patchlevel: int
    sublevel: int
    extra: str = ""

    @property
    def text(self) -> str:
        """As kernel people write it: ``6.12.117``, ``6.12-rc3``, ``2.6.32``, ``7.0``.

        A sublevel of zero is written only before 3.0, where it names the release.
        """
        short = f"{self.major}.{self.patchlevel}"
        if self.sublevel or self.major < 3:
            short += f".{self.sublevel}"
        return short + self.extra


def detect_version(read: Callable[[str], bytes]) -> KernelVersion:
    """The version in the ``Makefile`` that *read* returns.

    Raises TreeError when there is none, or it is not a kernel's.
    """
    hint = "give the top folder of a kernel: the one with MAINTAINERS, Kbuild and mm/ in it"
    try:
        text = read("Makefile")
    except (OSError, TreeError) as error:
        raise TreeError("no Makefile to tell the kernel's version from", hint=hint) from error
    found: dict[bytes, bytes] = {}
    for match in _ASSIGNMENT.finditer(text[:_HEAD_BYTES]):
        found.setdefault(match[1], match[2].strip())
    numbers = [found.get(key, b"") for key in (b"VERSION", b"PATCHLEVEL", b"SUBLEVEL")]
    if not all(number.isdigit() and len(number) < 6 for number in numbers):
        raise TreeError(
            "the Makefile sets no VERSION, PATCHLEVEL and SUBLEVEL as a kernel's does", hint=hint
        )
    extra = found.get(b"EXTRAVERSION", b"").decode("utf-8", "backslashreplace")
    return KernelVersion(int(numbers[0]), int(numbers[1]), int(numbers[2]), extra)
