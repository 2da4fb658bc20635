"""What a sentence says of locks: patterns of ``documented.toml``, and nothing else.

A sentence that no pattern fits, or in which words stand that may turn its meaning, is not
understood: it is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lockmap.documented.data import DocumentedData
from lockmap.documented.mentions import CLOSE, OPEN, Mention, Vocabulary, masked
from lockmap.documented.needs import INIT_ONLY, Group, Mode, Need, Needs, all_of

Sense = Literal["held", "free", "takes", "effects"]
_TOKEN = rf"{OPEN}\d+{CLOSE}"
_JOINED = rf"{_TOKEN}(?:(?:,? (?:and/or|and|or|&) |, ?| ?/ ?| ?& ?)(?:the |an? )?{_TOKEN})*"
_NUMBER = re.compile(rf"{OPEN}(\d+){CLOSE}")
_CALLED = re.compile(r"\b([a-z_]\w+)\(\)")
_WORD = re.compile(r"[\w/'\u2019]+")
_ANY_OF = re.compile(r"\bor\b|/")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence says of a function: one sense, of locks held so."""

    sense: Sense
    needs: Needs
    functions: tuple[str, ...]
    """The functions that it names: they are meant, where there are any."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    sense: str
    regex: re.Pattern[str]


class Phrases:
    """The patterns, compiled."""

    def __init__(self, data: DocumentedData, words: Vocabulary) -> None:
        self.words = words
        listed: tuple[tuple[Mode, tuple[str, ...]], ...] = (
            ("read", data.modes.read),
            ("write", data.modes.write),
            ("either", data.modes.either),
        )
        self._modes: dict[str, Mode] = {w.lower(): mode for mode, said in listed for w in said}
        self._mode_names = _alternatives(self._modes)
        function, member = data.function, data.member
        self._function = [
            *self._compiled("free", function.free),
            *self._compiled("held", function.held),
            *self._compiled("takes", function.takes),
            *self._compiled("effects", function.effects),
        ]
        self._member = [
            *self._compiled("written", member.written),
            *self._compiled("read", member.read),
            *self._compiled("protected", member.protected),
        ]
        self._protects = re.compile(member.protects, re.IGNORECASE)
        self._item = self._compiled("held", [data.list.item])[0].regex
        self._harmless = re.compile("|".join(data.caution.harmless), re.IGNORECASE)
        self._once = re.compile("|".join(member.once), re.IGNORECASE)
        self._before = re.compile(
            rf"(?<![\w-])(?:{_alternatives(data.caution.before)})(?!\w)", re.I
        )
        self._after = re.compile(rf"(?<![\w-])(?:{_alternatives(data.caution.after)})(?!\w)", re.I)
        self._words_after = data.caution.words_after

    def of_function(self, sentence: str, about: str = "") -> Understood | None:
        """What *sentence* says of a function's caller; None where that is not understood.

        *about*: see ``Vocabulary.mentions``, here and below.
        """
        mentions = self.words.mentions(sentence, about)
        if not any(m.known for m in mentions):
            return None
        text = masked(sentence, mentions)
        for pattern in self._function:
            match = pattern.regex.search(text)
            if match is None:
                continue
            named = [mentions[n] for n in _numbers(match)]
            if not any(m.known for m in named):
                continue
            functions = tuple(_CALLED.findall(text[: match.end()]))
            if pattern.sense == "effects":
                return Understood("effects", Needs(), functions)
            if not self._doubtful(text, match):
                return self._understood(pattern.sense, match, named, functions)
        return None

    def of_member(self, sentence: str, about: str = "") -> tuple[Needs, Needs] | None:
        """What *sentence* asks for reading and for writing a member."""
        mentions = self.words.mentions(sentence, about)
        if not any(m.known for m in mentions):
            return None
        text = masked(sentence, mentions)
        for pattern in self._member:
            match = pattern.regex.search(text)
            if match is None or self._doubtful(text, match):
                continue
            named = [mentions[n] for n in _numbers(match)]
            if not any(m.known for m in named):
                continue
            mode = self._mode(match)
            if mode is None and named[0].mode is not None:
                mode = named[0].mode
            any_of = _ANY_OF.search(_joints(match)) is not None
            # One lock alone orders writers by being held for writing; of several none need be.
            write: Mode = mode or ("write" if len(named) == 1 else "either")
            reading = self._joined(named, "either", any_of)
            writing = self._joined(named, write, any_of)
            return (
                Needs() if pattern.sense == "written" else reading,
                Needs() if pattern.sense == "read" else writing,
            )
        return None

    def protected_by_it(self, sentence: str) -> list[str]:
        """The members that the comment of a lock says it protects."""
        match = self._protects.search(sentence)
        return re.findall(r"@(\w+)", match["fields"]) if match else []

    def item(self, sentence: str, about: str = "") -> Group | None:
        """What an item of a list of locks asks for; None where that is not understood."""
        mentions = self.words.mentions(sentence, about)
        match = self._item.search(masked(sentence, mentions))
        if match is None:
            return None
        named = [mentions[n] for n in _numbers(match)]
        mode = self._mode(match)
        needs = [Need(lock, m.mode or mode or "either") for m in named for lock in m.locks]
        return tuple(needs) if len(named) == 1 else None

    def once(self, sentence: str) -> Needs | None:
        """``init only``, where *sentence* says so."""
        return Needs(word=INIT_ONLY) if self._once.search(sentence) else None

    def in_cell(self, text: str) -> Needs | None:
        """The requirement of a cell like ``mmap write, VMA write``; None: not understood."""
        groups: list[Group] = []
        for part in re.split(r"[,;]|\band\b|\+", text.strip().rstrip(".")):
            words = part.split()
            if not words:
                continue
            mode = self._modes.get(words[-1].lower())
            name = " ".join(words[:-1] if mode else words).lower()
            locks = self.words.short.get(name) or self.words.short.get(name.removesuffix(" lock"))
            if locks is None:
                mentions = self.words.mentions(part)
                whole = len(mentions) == 1 and len(masked(part, mentions).split()) <= 2
                if not whole:
                    return None
                locks = mentions[0].locks
                mode = mode or mentions[0].mode
            groups.append(tuple(Need(lock, mode or "either") for lock in locks))
        return all_of(groups) if groups else None

    def mode_of(self, word: str) -> Mode | None:
        """How a lock is held that is held in this way."""
        return self._modes.get(word.strip().lower())

    def _understood(
        self, sense: str, match: re.Match[str], named: list[Mention], of: tuple[str, ...]
    ) -> Understood:
        if sense == "held":
            mode = self._mode(match) or named[0].mode or "either"
            any_of = _ANY_OF.search(_joints(match)) is not None
            return Understood("held", self._joined(named, mode, any_of), of)
        groups = ((Need(lock, "none"),) for m in named if m.known for lock in m.locks)
        return Understood("free" if sense == "free" else "takes", all_of(groups), of)

    def _joined(self, named: list[Mention], mode: Mode, any_of: bool) -> Needs:
        needs = [tuple(Need(lock, m.mode or mode) for lock in m.locks) for m in named]
        return all_of([tuple(n for group in needs for n in group)] if any_of else needs)

    def _mode(self, match: re.Match[str]) -> Mode | None:
        said = [v for k, v in match.groupdict().items() if k.startswith("m") and v]
        modes = {self._modes[" ".join(word.lower().split())] for word in said}
        if not modes:
            return None
        return modes.pop() if len(modes) == 1 else "either"

    def _doubtful(self, text: str, match: re.Match[str]) -> bool:
        """Whether words beside the pattern may turn what it says."""
        if self._before.search(text[: match.start()]):
            return True
        rest = text[match.end() :]
        harmless = self._harmless.match(rest)
        rest = rest[harmless.end() :] if harmless else rest
        near = list(_WORD.finditer(rest))[: self._words_after]
        return bool(near) and self._after.search(rest[: near[-1].end()]) is not None

    def _compiled(self, sense: str, patterns: Iterable[str]) -> list[_Pattern]:
        return [_Pattern(sense, re.compile(self._filled(p), re.IGNORECASE)) for p in patterns]

    def _filled(self, pattern: str) -> str:
        parts = pattern.split("{mode}")
        text = parts[0]
        for number, part in enumerate(parts[1:]):
            text += (
                rf"(?:[ ,]*\(?(?:held |locked )?(?P<m{number}>{self._mode_names})(?!\w)\)?)?{part}"
            )
        return text.replace("{lock}", f"(?P<lock>{_JOINED})")


def _alternatives(words: Iterable[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(map(re.escape, ordered))


def _numbers(match: re.Match[str]) -> Iterator[int]:
    return (int(n) for n in _NUMBER.findall(match["lock"]))


def _joints(match: re.Match[str]) -> str:
    return _NUMBER.sub(" ", match["lock"])
