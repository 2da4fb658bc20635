"""The Sphinx project: ``conf.py`` and the main pages, which anybody may add to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["furo", "alabaster"]
THEMES: tuple[Theme, ...] = ("furo", "alabaster")
_HERE = Path(__file__).parent / "project"


@dataclass(frozen=True, slots=True)
class Look:
    """What the themes are told."""

    options: dict[str, object]
    sidebars: dict[str, list[str]]


_LOOKS: dict[Theme, Look] = {
    "furo": Look({"top_of_page_buttons": []}, {}),
    "alabaster": Look(
        {
            "page_width": "84em",
            "body_max_width": "auto",
            "sidebar_width": "15em",
            "show_powered_by": False,
            "font_size": "1em",
        },
        {"**": ["about.html", "searchbox.html", "navigation.html"]},
    ),
}


def write_project(folder: Path, title: str, theme: Theme) -> None:
    """Write the project into an empty folder."""
    look = _LOOKS[theme]
    conf = (_HERE / "conf.py.txt").read_text(encoding="utf-8")
    values = {
        "project": _plain(title),
        "theme": theme,
        "options": look.options,
        "sidebars": look.sidebars,
    }
    shown = {name: repr(value) for name, value in values.items()}
    (folder / "conf.py").write_text(conf.format(**shown), encoding="utf-8")
    for page in sorted(_HERE.glob("*.rst")):
        (folder / page.name).write_text(page.read_text(encoding="utf-8"), encoding="utf-8")


def _plain(title: str) -> str:
    """A version may be called anything, and themes take a title for HTML."""
    return "".join(c if c.isascii() and (c.isalnum() or c in " ._+-") else "_" for c in title)[:80]
