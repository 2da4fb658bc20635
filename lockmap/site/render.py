"""From what a page shows to its HTML: our templates, with every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lockmap.site.html import breakable, escaped, safe
from lockmap.site.links import Catalog, Links


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    found.filters["shown"] = safe
    found.filters["breakable"] = breakable
    return found


@dataclass(frozen=True)
class Renderer:
    """Fills templates."""

    catalog: Catalog
    lock: str
    environment: Environment = field(default_factory=_environment)

    def fill(self, template: str, page: str, /, **values: Any) -> Markup:
        """A template as it stands on a page, whose links lead on from there."""
        links = Links.of(self.catalog, page)
        text = self.environment.get_template(template).render(
            link=links, lock=safe(self.lock), catalog=self.catalog, **values
        )
        # By the environment.
        return escaped(text)

    def pager(self, page: str, names: Sequence[str], number: int) -> Markup:
        """Links to the parts of something that takes several pages; *number*: this one's."""
        urls = [Links.of(self.catalog, page).url(name) for name in names]
        return self.fill("pager.html", page, urls=urls, number=number)
