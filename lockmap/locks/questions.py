"""What the exploration of one function asks of the program, noted: so that it can be asked again.

An exploration depends on its function, on the specifications, and on these answers.  Where
all of them are what they were, it would find what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from lockmap.facts.model import Function
from lockmap.locks.catalog import Catalog
from lockmap.locks.interpret import Program
from lockmap.locks.recognise import Owners
from lockmap.locks.summary import Summary
from lockmap.locks.values import Value

Answer = str | bool | None
Question = tuple[str, tuple[str, ...], Answer]
"""(what is asked, about which names, the answer)."""

Digest = Callable[[Summary | None], str]
"""Equal for equal summaries only."""


class Asked:
    """A program, as one function sees it, that notes each question once."""

    def __init__(self, program: Program, function: Function, digest: Digest) -> None:
        self._program = program
        self._owners = program.owners
        self._function = function
        self._digest = digest
        self._answers: dict[tuple[str, tuple[str, ...]], Answer] = {}
        self.repeatable = True
        """False once a question was asked that cannot be noted."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """All that was asked, in order."""
        return tuple((kind, about, answer) for (kind, about), answer in self._answers.items())

    @property
    def catalog(self) -> Catalog:
        """See interpret.Program."""
        return self._program.catalog

    @property
    def owners(self) -> Owners:
        """See interpret.Program."""
        return self

    def summary(self, name: str, telling: bool) -> Summary | None:
        """See interpret.Program."""
        answer = self._program.summary(name, telling)
        key = ("telling" if telling else "summary", (name,))
        if key not in self._answers:
            self._answers[key] = self._digest(answer)
        return answer

    def flags(self, name: str) -> frozenset[str]:
        """See interpret.Program."""
        answer = self._program.flags(name)
        key = ("flags", (name,))
        if key not in self._answers:
            self._answers[key] = _flags(answer)
        return answer

    def stores(self, name: str) -> tuple[tuple[int, str, int], ...]:
        """See interpret.Program."""
        answer = self._program.stores(name)
        key = ("stores", (name,))
        if key not in self._answers:
            self._answers[key] = _stores(answer)
        return answer

    def parameters(self, name: str) -> tuple[tuple[str, str], ...]:
        """See interpret.Program."""
        answer = self._program.parameters(name)
        key = ("parameters", (name,))
        if key not in self._answers:
            self._answers[key] = _parameters(answer)
        return answer

    def undefined(self, name: str) -> bool:
        """See interpret.Program."""
        answer = self._program.undefined(name)
        self._answers.setdefault(("undefined", (name,)), answer)
        return answer

    def results(self, name: str) -> tuple[Value, ...]:
        """See interpret.Program."""
        answer = self._program.results(name)
        key = ("results", (name,))
        if key not in self._answers:
            self._answers[key] = _results(answer)
        return answer

    def assigned(self, name: str) -> frozenset[int]:
        """See interpret.Program."""
        answer = self._program.assigned(name)
        key = ("assigned", (name,))
        if key not in self._answers:
            self._answers[key] = _assigned(answer)
        return answer

    def only_read(self, name: str) -> frozenset[str]:
        """See interpret.Program."""
        answer = self._program.only_read(name)
        key = ("read", (name,))
        if key not in self._answers:
            self._answers[key] = _flags(answer)
        return answer

    def is_struct(
        self, path: str, struct: str, member: str, kind: str, within: Function
    ) -> bool | None:
        """See recognise.Owners."""
        answer = self._owners.is_struct(path, struct, member, kind, within)
        self._note("is", (path, struct, member, kind), answer, within)
        return answer

    def struct_of(self, path: str, within: Function) -> str | None:
        """See recognise.Owners."""
        answer = self._owners.struct_of(path, within)
        self._note("struct", (path,), answer, within)
        return answer

    def named_path(self, name: str) -> str:
        """See recognise.Owners."""
        answer = self._owners.named_path(name)
        self._note("named", (name,), answer, self._function)
        return answer

    def _note(self, kind: str, about: tuple[str, ...], answer: Answer, within: Function) -> None:
        self._answers.setdefault((kind, about), answer)
        self.repeatable = self.repeatable and within is self._function


def same_answers(
    questions: Iterable[Question], program: Program, function: Function, digest: Digest
) -> bool:
    """Whether *program* answers all *questions* of *function* as before.

    Asked in order up to the first that differs: no question is put that the exploration
    would not put too.
    """
    return all(
        _ask(kind, about, program, function, digest) == answer for kind, about, answer in questions
    )


def _ask(
    kind: str, about: tuple[str, ...], program: Program, function: Function, digest: Digest
) -> Answer:
    match kind, about:
        case (("summary" | "telling"), (name,)):
            return digest(program.summary(name, kind == "telling"))
        case "is", (path, struct, member, type_):
            return program.owners.is_struct(path, struct, member, type_, function)
        case "struct", (path,):
            return program.owners.struct_of(path, function)
        case "named", (name,):
            return program.owners.named_path(name)
        case "flags", (name,):
            return _flags(program.flags(name))
        case "undefined", (name,):
            return program.undefined(name)
        case "results", (name,):
            return _results(program.results(name))
        case "assigned", (name,):
            return _assigned(program.assigned(name))
        case "read", (name,):
            return _flags(program.only_read(name))
        case "stores", (name,):
            return _stores(program.stores(name))
        case "parameters", (name,):
            return _parameters(program.parameters(name))
    return "no question"


def _results(answer: tuple[Value, ...]) -> str:
    return msgspec.json.encode(answer, order="deterministic").decode()


def _assigned(answer: frozenset[int]) -> str:
    return " ".join(str(index) for index in sorted(answer))


def _flags(answer: frozenset[str]) -> str:
    return " ".join(sorted(answer))


def _stores(answer: tuple[tuple[int, str, int], ...]) -> str:
    return " ".join(f"{target}:{member}:{source}" for target, member, source in answer)


def _parameters(answer: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name}\t{kind}" for name, kind in answer)
