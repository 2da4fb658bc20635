"""Lists of locks: a sentence that ends with a colon, and an item for each lock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from lockmap.documented.data import DocumentedData
from lockmap.documented.needs import Group, Needs, all_of
from lockmap.documented.phrases import Phrases

Access = Literal["read", "write"]
_ITEM = re.compile(r"\s*(?:[-*+•]|\(?\w{1,2}[.)])\s+")


class Lists:
    """Reads such lists."""

    def __init__(self, data: DocumentedData, phrases: Phrases) -> None:
        self._read = re.compile("|".join(data.list.read), re.IGNORECASE)
        self._write = re.compile("|".join(data.list.write), re.IGNORECASE)
        self._any = re.compile("|".join(data.list.any), re.IGNORECASE)
        self._phrases = phrases

    def access(self, intro: str) -> Access | None:
        """What a list that is led by *intro* is about, if it is one of locks."""
        if not intro.rstrip().endswith(":"):
            return None
        if self._write.search(intro):
            return "write"
        return "read" if self._read.search(intro) else None

    def any_of(self, intro: str) -> bool:
        """Whether one of the items is enough."""
        return self._any.search(intro) is not None

    def of_items(self, intro: str, items: Sequence[str], about: str) -> Needs | None:
        """What the *items* ask for together; None where one of them is not understood."""
        groups: list[Group] = []
        for item in items:
            group = self._phrases.item(_ITEM.sub("", item, count=1), about)
            if group is None:
                return None
            groups.append(group)
        if self.any_of(intro):
            return all_of([tuple(need for group in groups for need in group)])
        return all_of(groups)

    def of_sentences(
        self, told: Sequence[str], about: str
    ) -> Iterator[tuple[int, int, Access, Needs]]:
        """(first item, one behind the last, access, needs) of the lists in a comment."""
        for number, intro in enumerate(told):
            access = self.access(intro)
            if access is None:
                continue
            last = number + 1
            while last < len(told) and _ITEM.match(told[last]):
                last += 1
            needs = (
                self.of_items(intro, told[number + 1 : last], about) if last > number + 1 else None
            )
            if needs is not None:
                yield number + 1, last, access, needs
