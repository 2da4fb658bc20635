"""The words of the kernel's documentation for locks, and for the rules of fields."""

from __future__ import annotations

from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.rules.infer import INIT_ONLY, NONE, UNCLEAR


class LockWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lock is called."""

    name: str
    word: str = ""
    """In cells: ``mmap`` in "mmap write"."""
    family: str = ""
    """What several locks are called together: ``rmap``."""
    column: str = ""
    """Over a column of lock states."""
    noun: str = ""
    """In sentences."""
    context: str = ""
    """In ``Context:`` sections, which name the member where that is the lock's name."""


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that stand in one table."""

    title: str
    fields: tuple[str, ...]


class StructWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a struct."""

    tag: str
    born: str = ""
    """When its objects are written that nobody else knows yet."""
    purpose: tuple[Purpose, ...] = ()


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/kernel_docs.toml``."""

    lock: tuple[LockWords, ...] = ()
    struct: tuple[StructWords, ...] = ()

    def of_lock(self, name: str) -> LockWords:
        """The words for a lock; its own name, where there are none."""
        found = next((row for row in self.lock if row.name == name), LockWords(name))
        word = found.word or name
        return LockWords(
            name,
            word,
            found.family or word,
            found.column or name,
            found.noun or name,
            found.context or name,
        )

    def of_struct(self, tag: str) -> StructWords:
        """The words for a struct."""
        return next((row for row in self.struct if row.tag == tag), StructWords(tag))


@cache
def load_words() -> Words:
    """``queries/kernel_docs.toml``.  Raises DataError naming the key."""
    return load_toml(queries_dir() / "kernel_docs.toml", Words)


class RuleText(msgspec.Struct, frozen=True):
    """A rule of the map, taken apart: ``mmap_lock write + vma_lock write``."""

    needs: tuple[tuple[str, str], ...] = ()
    """(lock, mode): ``read``, ``write``, ``either``."""
    any_of: bool = False
    special: str = ""
    """``none``, ``unclear``, ``init only``; then there are no needs."""

    @property
    def clear(self) -> bool:
        """Whether it says anything."""
        return self.special != UNCLEAR


def parse_rule(text: str) -> RuleText:
    """The parts of a rule; what is no rule of ours is unclear."""
    if text in {NONE, INIT_ONLY, UNCLEAR}:
        return RuleText(special=text)
    any_of = " or " in text
    parts = [part.split(" ") for part in text.split(" or " if any_of else " + ")]
    if any(len(part) != 2 for part in parts):
        return RuleText(special=UNCLEAR)
    return RuleText(tuple((lock, mode) for lock, mode in parts), any_of)


def cell_text(rule: RuleText, words: Words, struct: str) -> str:
    """A rule as a cell: "mmap write, VMA write.", "None - written once on initial map."."""
    if rule.special == INIT_ONLY:
        return f"None - written once {words.of_struct(struct).born or 'before others see it'}."
    if rule.special == NONE:
        return "None of these locks."
    if rule.special:
        return "unknown"
    shown: list[str] = []
    for part in _together(rule, words):
        if part not in shown:
            shown.append(part)
    return (" or " if rule.any_of else ", ").join(shown) + "."


def _together(rule: RuleText, words: Words) -> list[str]:
    """The parts of a rule, those of one family as one where all of it is there."""
    strength = {lock: "write" if mode == "write" else "read" for lock, mode in rule.needs}
    families: dict[str, list[str]] = {}
    for row in words.lock:
        families.setdefault(row.family or row.word, []).append(row.name)
    found = []
    for lock, mode in strength.items():
        of_lock = words.of_lock(lock)
        family = families.get(of_lock.family, [lock])
        whole = {strength.get(other) for other in family} == {mode}
        found.append(f"{of_lock.family if whole else of_lock.word} {mode}")
    return found
