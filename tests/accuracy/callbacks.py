"""How complete and right the callbacks are: against initialisers as a compiler has them.

``python -m tests.accuracy.callbacks TREE TABLES --outlines CACHE``.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lockmap.program.callbacks import Callback
from tests.accuracy.accesses import Score, Truth, read_truth, rows
from tests.accuracy.outlined import asked_for, find, read_code

Row = dict[str, str]
_UNNAMED = re.compile(r"\W|unnamed|anonymous")


@dataclass
class CallbackScore:
    """Found and missed by (kind, in a macro); invented among scored lines."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    folders: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    right: int = 0
    invented: int = 0
    wrong: list[str] = field(default_factory=list)

    def recall(self) -> float:
        """Share of the expected rows that were found."""
        found = sum(self.found.values())
        return found / max(1, found + sum(self.missed.values()))


def matches(want: tuple[str, str], got: set[tuple[str, str]]) -> bool:
    """Whether (struct, field) was found; a struct without a tag is known by the field alone."""
    if want in got:
        return True
    return bool(_UNNAMED.search(want[0])) and any(f == want[1] for _, f in got)


def score(
    expected: Iterable[Row],
    found: Iterable[Callback],
    name: Callable[[int], str],
    truth: Truth,
    line_of: Callable[[str, int], str],
) -> CallbackScore:
    """*found* against *expected*; rows where the tables cannot tell are left out."""
    result = CallbackScore()
    mine: dict[tuple[str, int, str], set[tuple[str, str]]] = defaultdict(set)
    anywhere: dict[tuple[str, str], set[tuple[str, str, int]]] = defaultdict(set)
    for c in found:
        function = name(c.item)
        mine[c.file, c.line, function].add((c.struct, c.field))
        anywhere[c.file, function].add((c.struct, c.field, c.line))
    asked: set[tuple[str, int, str]] = set()
    listed: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in expected:
        place = (row["file"], int(row["line"]), row["function"])
        listed[place[:2]].add(row["function"])
        key = (row["kind"], row["macro"])
        folder = result.folders[_folder(row["file"])]
        if place in mine and matches((row["struct"], row["field"]), mine[place]):
            result.found[key] += 1
            folder.found += 1
        else:
            result.missed[key] += 1
            folder.missed += 1
            cause = _cause(row, mine.get(place), anywhere, line_of)
            result.causes[cause] += 1
            result.wrong.append(
                f"missed {cause} | {row['struct']}.{row['field']} = {row['function']}"
                f" {row['file']}:{row['line']} {'/'.join(key)} | {mine.get(place)} |"
                f" {line_of(row['file'], int(row['line'])).strip()[:100]}"
            )
        asked.add(place)
    files = set(truth.files)
    for place, told in sorted(mine.items()):
        if place[0] not in files or not truth.scored(place[0], place[1], ""):
            continue
        if place in asked:
            result.right += 1
        else:
            result.invented += 1
            result.folders[_folder(place[0])].invented += 1
            result.wrong.append(
                f"invented {place[0]}:{place[1]} {place[2]} {sorted(told)} |"
                f" {line_of(place[0], place[1]).strip()[:100]}"
            )
    return result


def _folder(file: str) -> str:
    return file.split("/", maxsplit=1)[0]


def _cause(
    row: Row,
    got: set[tuple[str, str]] | None,
    anywhere: dict[tuple[str, str], set[tuple[str, str, int]]],
    line_of: Callable[[str, int], str],
) -> str:
    """Why a row was missed, as far as it can be told: another owner, line, or a macro."""
    if got:
        return "another owner"
    elsewhere = {(s, f) for s, f, _ in anywhere.get((row["file"], row["function"]), ())}
    if (row["struct"], row["field"]) in elsewhere:
        return "another line"
    if row["macro"] == "1":
        word = re.findall(r"\b[A-Za-z_]\w*(?=\s*\()", line_of(row["file"], int(row["line"])))
        return f"macro {word[0] if word else '?'}"
    return f"{row['kind']} not seen"


def main() -> None:
    """Print the scores."""
    asked = asked_for(__doc__)
    truth = read_truth(asked.tables, asked.kernel)
    code, layouts, read = read_code(asked.tree, asked.outlines)

    start = time.process_time()
    found = find(code, layouts, read, sys.stdout.write)
    spent = time.process_time() - start

    def line_of(file: str, line: int) -> str:
        lines = read(file).decode("latin-1").split("\n")
        return lines[line - 1] if line <= len(lines) else ""

    files = set(truth.files)
    table = rows(asked.tables / f"initialisers-{asked.kernel}.tsv.gz")
    result = score(
        (r for r in table if r["file"] in files), found.callbacks, found.code.name, truth, line_of
    )
    out = sys.stdout.write
    for key in sorted(set(result.found) | set(result.missed)):
        good, bad = result.found[key], result.missed[key]
        out(f"{key[0]:10} macro={key[1]} {good:6} of {good + bad:6} {good / (good + bad):7.2%}\n")
    told = sum(result.found.values()) + sum(result.missed.values())
    out(f"recall {result.recall():.2%} of {told}; ")
    out(f"(file, line, function) told: {result.right}, not in the tables: {result.invented}\n")
    out(f"{len(found.callbacks)} callbacks, {spent:.1f} CPU s\n")
    for cause, count in result.causes.most_common(40):
        out(f"{count:6} {cause}\n")
    if asked.wrong:
        asked.wrong.write_text("\n".join(result.wrong) + "\n")


if __name__ == "__main__":
    main()
