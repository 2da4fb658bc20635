"""What the commands that answer one question have in common: which map, in which form."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from functools import wraps
from typing import Any, Literal, TypeVar

import click

from lockmap.cli.listing import chosen_locks, map_options, need_full, open_asked
from lockmap.cli.output import json_line, prepared
from lockmap.cli.page import Page
from lockmap.map.read import Map

T = TypeVar("T")
Form = Literal["text", "jsonl"]
FORMS: tuple[Form, ...] = ("text", "jsonl")


@dataclass(frozen=True, slots=True)
class Question:
    """Of which map a question is asked."""

    tree_or_map: str | None
    map_file: str | None
    tree: str | None
    rev: str | None

    def open(self) -> AbstractContextManager[Map]:
        """The map asked for.  Raises ``MapError`` and click's usage errors."""
        return open_asked(self.tree_or_map, self.map_file, self.tree, self.rev)


def question_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add TREE_OR_MAP and the map options; the command gets them as one ``Question``."""
    names = [field.name for field in fields(Question)]

    @wraps(command)
    def with_question(**given: Any) -> None:
        question = Question(**{name: given.pop(name) for name in names})
        command(question, **given)

    result: Callable[..., None] = map_options(with_question)
    return click.argument("tree_or_map", required=False)(result)


form_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="text",
    show_default=True,
    help="A page to read, or JSON Lines to process.",
)


def emit_lines(answers: Sequence[Any]) -> None:
    """Write dataclasses as JSON Lines, lists of dataclasses within them as lists of objects."""
    stream = prepared(sys.stdout)
    for answer in answers:
        stream.write(json_line(asdict(answer)))
    stream.flush()


def tell_answers(
    question: Question,
    lock: str | None,
    form: Form,
    ask: Callable[[Map, str], T],
    tell: Callable[[Page, T], None],
) -> None:
    """Ask a full map for an answer for each lock chosen, and write them all in *form*."""
    with question.open() as opened:
        need_full(opened)
        answers = [ask(opened, name) for name in chosen_locks(opened, lock)]
    if form == "jsonl":
        emit_lines(answers)
        return
    page = Page()
    for answer in answers:
        tell(page, answer)
    page.end()


most_option = click.option(
    "--most",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    metavar="N",
    help="So many rows of each list; 0 for all.",
)
