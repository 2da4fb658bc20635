"""Draw functions with their margin: plain when piped, coloured on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from lockmap.cli.annotate import DIRECT, Line, View
from lockmap.cli.output import prepared, use_colour
from lockmap.escape import visible

_STATE_STYLES = {"R": "cyan", "W": "magenta", "c": "blue", "-": "dim", "x": "yellow"}
_VERDICT_STYLES = {"balanced": "green", "leaks": "bold red", "unknown": "yellow"}


def draw(views: Sequence[View]) -> None:
    """Write functions to standard output, a blank line between them."""
    stream = prepared(sys.stdout)
    if use_colour(stream):
        _draw_coloured(views)
    else:
        for index, view in enumerate(views):
            stream.write("\n" * bool(index))
            stream.writelines(f"{line}\n" for line in plain(view))
    stream.flush()


def plain(view: View) -> Iterable[str]:
    """The lines of one function as text."""
    yield _title(view)
    for contract in view.contracts:
        yield f"contract: {contract}"
    widths = _widths(view)
    if len(view.locks) > 1:
        yield " " * (widths[0] + 3) + "  ".join(_heads(view, widths)) + " |"
    for line in view.lines:
        yield f"{_margin(line, widths)}| {line.code}".rstrip()
    for text, verdict in view.verdicts:
        yield f"{verdict}: {text}"
    for name in view.unchanged:
        yield _unchanged(name)


def _unchanged(lock: str) -> str:
    return f"unchanged: {visible(lock)} is as the caller left it on every line"


def _title(view: View) -> str:
    span = view.span
    title = f"{visible(span.file)}:{span.line}: {visible(span.function)}"
    return title if span.whole else f"{title} (not read whole: see `lockmap diagnostics`)"


def _widths(view: View) -> list[int]:
    """Of the line number, then of the state of each lock."""
    states = [max((len(line.states[i]) for line in view.lines), default=0) for i in _each(view)]
    number = len(str(view.lines[-1].number)) if view.lines else 1
    if len(view.locks) == 1:
        return [number, max(2, states[0])]
    return [number, *(max(len(visible(view.locks[i])), states[i]) for i in _each(view))]


def _each(view: View) -> range:
    return range(len(view.locks))


def _heads(view: View, widths: list[int]) -> list[str]:
    return [visible(name).ljust(width) for name, width in zip(view.locks, widths[1:], strict=True)]


def _margin(line: Line, widths: list[int]) -> str:
    states = [
        visible(state).ljust(width) for state, width in zip(line.states, widths[1:], strict=True)
    ]
    return f"{line.number:>{widths[0]}} {line.mark or ' '} {'  '.join(states)} "


def _draw_coloured(views: Sequence[View]) -> None:
    # Late: only a terminal needs rich and its C lexer.
    from rich.console import Console  # noqa: PLC0415
    from rich.syntax import Syntax  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    syntax = Syntax("", "c", theme="ansi_dark", background_color="default")
    for index, view in enumerate(views):
        if index:
            console.print()
        console.print(Text(_title(view), style="bold"), soft_wrap=True)
        for contract in view.contracts:
            console.print(Text(f"contract: {contract}", style="yellow"), soft_wrap=True)
        widths = _widths(view)
        if len(view.locks) > 1:
            heads = "  ".join(_heads(view, widths))
            console.print(Text(" " * (widths[0] + 3) + heads, style="dim"), soft_wrap=True)
        code = syntax.highlight("\n".join(line.code for line in view.lines)).split(
            "\n", allow_blank=True
        )
        for line, coloured in zip(view.lines, code, strict=False):
            text = Text.assemble((f"{line.number:>{widths[0]}} ", "dim"))
            text.append(line.mark or " ", style="bold green" if line.mark == DIRECT else "bold")
            for state, width in zip(line.states, widths[1:], strict=True):
                shown = f" {visible(state).ljust(width)} "
                text.append(shown, style=_state_style(state))
            text.append("│ ", style="dim")
            text.append_text(coloured)
            console.print(text, soft_wrap=True)
        for words, verdict in view.verdicts:
            console.print(
                Text.assemble((verdict, _VERDICT_STYLES.get(verdict, "")), f": {words}"),
                soft_wrap=True,
            )
        for name in view.unchanged:
            console.print(Text(_unchanged(name), style="blue"), soft_wrap=True)


def _state_style(state: str) -> str:
    style = _STATE_STYLES.get(state[:1], "")
    return f"bold {style}" if state.endswith("?") else style
