"""The rows of the tables of functions: of a whole kernel so many that no template fills them."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from lockmap.site.functions import Row
from lockmap.site.html import escaped, safe
from lockmap.site.links import Links


def function_rows(rows: Iterable[tuple[Row, str]], links: Links) -> Markup:
    """One table row each; *rows*: with the id of the row."""
    return escaped("".join(_row(row, place, links) for row, place in rows))


def _row(row: Row, place: str, links: Links) -> str:
    marked, at = row.marked, row.place
    reach = marked.nearest
    short = f"{at.file.rpartition('/')[2]}:{at.line}"
    always = "" if marked.must == "none" else marked.must
    how = "call" if reach.how == "call" else links.how(reach.how)
    return (
        f'<tr id="{place}"><th scope="row"><code>{safe(at.function)}</code></th>'
        f"<td>{links.place(at.file, at.line, short)}</td><td>{marked.modes}</td>"
        f'<td>{always}</td><td class="n">{reach.distance}</td>'
        f"<td>{links.function(row.caller)} {links.place(row.caller.file, reach.line)}</td>"
        f"<td>{how}</td></tr>\n"
    )
