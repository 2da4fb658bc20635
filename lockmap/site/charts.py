"""Bars as SVG, each a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lockmap.escape import visible
from lockmap.site.html import safe

_ROW, _BAR, _LABEL, _WIDTH, _NUMBER = 26, 16, 190, 760, 60
"""Pixels: height of a row and of its bar; widths of labels, of the whole, of the number."""
_LONGEST = 23


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart: a number for each series."""

    label: str
    values: tuple[int, ...]
    url: str
    """Where it leads; may be empty."""


def bars(title: str, series: Sequence[tuple[str, str]], rows: Sequence[Bar]) -> Markup:
    """A chart of stacked bars; *series*: name and class of each."""
    most = max((sum(row.values) for row in rows), default=0) or 1
    scale = (_WIDTH - _LABEL - _NUMBER) / most
    height = _ROW * len(rows) + 4
    drawn = Markup("").join(_row(row, at, series, scale) for at, row in enumerate(rows))
    legend = Markup(" ").join(
        Markup('<span class="lm-key"><span class="lm-swatch {}"></span>{}</span>').format(kind, of)
        for of, kind in series
    )
    return Markup(
        '<figure class="lm-chart"><figcaption>{} {}</figcaption>'
        '<div class="lm-scroll" role="region" tabindex="0" aria-label="{}">'
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}">{}</svg>'
        "</div></figure>"
    ).format(title, legend, title, _WIDTH, height, _WIDTH, height, title, drawn)


def _row(row: Bar, at: int, series: Sequence[tuple[str, str]], scale: float) -> Markup:
    top = at * _ROW
    x = float(_LABEL)
    parts = []
    for value, (_, kind) in zip(row.values, series, strict=True):
        width = value * scale
        if value:
            parts.append(
                Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
                    kind, x, top + 6, max(width, 1.0), _BAR
                )
            )
        x += width
    numbers = zip(row.values, series, strict=True)
    told = ", ".join(f"{value:,} {name}" for value, (name, _) in numbers if value)
    label = visible(row.label)
    shown = label if len(label) <= _LONGEST else f"...{label[-_LONGEST + 3 :]}"
    inner = Markup(
        "<title>{}: {}</title>"
        '<rect class="lm-hit" x="0" y="{}" width="{}" height="{}"/>'
        '<text class="lm-label" x="{}" y="{}" text-anchor="end">{}</text>{}'
        '<text x="{:.1f}" y="{}">{:,}</text>'
    ).format(
        *(safe(row.label), told or "none", top, _WIDTH, _ROW, _LABEL - 8, top + 18, shown),
        *(Markup("").join(parts), x + 6, top + 18, sum(row.values)),
    )
    if not row.url:
        return Markup("<g>{}</g>").format(inner)
    return Markup('<a href="{}">{}</a>').format(row.url, inner)
