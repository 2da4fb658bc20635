"""How right lockmap is, measured against what compilers say; writes ``docs/accuracy.md``.

``python -m tests.accuracy.bench TREE --write docs/accuracy.md`` (``make accuracy``): of a kernel
that clang reads here (see clang_tables), and against the tables of ``--truth``, where they are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.accuracy import accesses, callbacks, calls
from tests.accuracy.accesses import Score, read_truth, rows
from tests.accuracy.clang_tables import make_tables
from tests.accuracy.outlined import Found, find, read_code

_HEAD = """\
# Accuracy

Written by `make accuracy`, never by hand. lockmap reads text; a compiler knows. Both were asked
the same, of some files of Linux {kernel}, and what the compiler's configuration leaves out is not
scored.

- *recall*: the share of what the compiler has that lockmap has, too; *precision*: the share of
  what lockmap has that the compiler has, too; *mode*: the share of the accesses found that are
  read, written or address-taken as in the compiler.
- *field accesses*: of {structs}.
- *direct calls*: a call that a macro makes counts as found where lockmap leads from the caller
  through macros to the callee. Precision is not measured: lockmap reads every `#if` branch, the
  compiler one.
- *functions in members*: functions that an initialiser or an assignment puts into a member of a
  struct.
"""


@dataclass(frozen=True)
class Measured:
    """Scores by folder at the top, one table each."""

    accesses: Mapping[str, Score]
    calls: Mapping[str, Score]
    members: Mapping[str, Score]


def measure(
    tree: Path, tables: Path, kernel: str, index: Path, found: Found
) -> tuple[Measured, list[str]]:
    """The scores of *tree* against *tables*, and every place that is wrong."""
    truth = read_truth(tables, kernel)
    read = lambda path: (tree / path).read_bytes()  # noqa: E731
    touched = accesses.measured(tree, truth, index)
    called = calls.measured(found, truth, rows(tables / f"calls-{kernel}.tsv.gz"), read)
    files = set(truth.files)
    put = callbacks.score(
        (r for r in rows(tables / f"initialisers-{kernel}.tsv.gz") if r["file"] in files),
        found.callbacks,
        found.code.name,
        truth,
        lambda file, line: (read(file).decode("latin-1").split("\n") + [""] * line)[line - 1],
    )
    wrong = [*touched.wrong, *called.wrong, *put.wrong]
    return Measured(touched.folders, called.folders, put.folders), wrong


def total(scores: Mapping[str, Score]) -> Score:
    """All folders together."""
    result = Score()
    for score in scores.values():
        result.found += score.found
        result.missed += score.missed
        result.invented += score.invented
        result.right_mode += score.right_mode
    return result


def table(measured: Measured) -> Iterator[str]:
    """The lines of the table of one truth."""
    yield "| folder | field accesses | recall | precision | mode | direct calls | recall "
    yield "| functions in members | recall | precision |\n"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    folders = sorted({*measured.accesses, *measured.calls, *measured.members})
    for folder in folders:
        yield _row(
            folder,
            *(part.get(folder) for part in (measured.accesses, measured.calls, measured.members)),
        )
    yield _row("**all**", *map(total, (measured.accesses, measured.calls, measured.members)))


def _row(name: str, touched: Score | None, called: Score | None, put: Score | None) -> str:
    cells = [
        *_cells(touched, ("recall", "precision", "mode")),
        *_cells(called, ("recall",)),
        *_cells(put, ("recall", "precision")),
    ]
    return f"| {name} | " + " | ".join(cells) + " |\n"


def _cells(score: Score | None, wanted: tuple[str, ...]) -> Iterator[str]:
    if score is None or not score.found + score.missed:
        yield from ("",) * (1 + len(wanted))
        return
    yield f"{score.found + score.missed:,}"
    for name in wanted:
        yield f"{getattr(score, name):.2%}"


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--truth", type=Path, help="tables that others made")
    parser.add_argument("--tables", type=Path, help="tables of clang_tables, made before")
    parser.add_argument("--most", type=int, default=12, help="files of a folder that clang reads")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=Path, help="the page; standard output, if silent")
    parser.add_argument("--wrong", type=Path, help="write every wrong place to this file")
    asked = parser.parse_args()
    structs = ", ".join(f"`{name}`" for name in sorted(accesses.STRUCTS))
    text = _HEAD.format(kernel=asked.kernel, structs=structs)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lockmap-accuracy-") as folder:
        made = Path(folder)
        own = asked.tables or made / "tables"
        of_what = "tables made before"
        if asked.tables is None:
            of_what = make_tables(asked.tree, own, asked.kernel, asked.most, asked.jobs)
        code, layouts, read = read_code(asked.tree, None)
        found = find(code, layouts, read, lambda _: None)
        truths = [(f"Against clang, run here\n\nx86-64, `allmodconfig`: {of_what}.", own)]
        if asked.truth is not None and asked.truth.is_dir():
            truths.append(("Against tables that others made with clang", asked.truth))
        for title, tables in truths:
            scores, bad = measure(asked.tree, tables, asked.kernel, made / "index", found)
            text += f"\n## {title}\n\n{''.join(table(scores))}"
            wrong += bad
    if asked.wrong:
        asked.wrong.write_text("\n".join(wrong) + "\n")
    if asked.write:
        asked.write.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
