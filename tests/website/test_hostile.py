"""A tree may be called and may say what it likes: on the site it is text, and stays inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from map.sample import CONTEXTS, access, make_data, site

from lockmap.map.context_records import Contexts
from lockmap.map.records import Contract, Diagnostic, MapData, Rule, Span
from lockmap.map.write import write_map
from website.check_links import problems
from website.conftest import make

EVIL = '"><script>alert(1)</script>]]>'
NAMES = [
    EVIL,
    "\u202egnirts",
    "`code`_ **bold** |sub| :c:func:`x` .. raw:: html",
    "../../../etc/passwd",
    "{{ 7 * 7 }}{% raw %}",
    "%s {0} \\n",
    "a" * 3000,
    "\u2028line",
]
FILES = [
    f"mm/{EVIL.replace('/', '')}.c",
    "../../outside.c",
    "mm/\u202ec.evil.c",
    "mm/x.html/y.c",
    "mm/X.HTML/y.c",
    "mm/" + "/".join(["deep"] * 60) + "/z.c",
    "mm/" + "n" * 250 + ".c",
    "mm/con.c",
    "mm/:colon?query#fragment.c",
]
TEXT = f"""\
/* {EVIL} \u202e </pre></div> `x`_ */
int f(void) {{ return "</span>{EVIL}"; }}
// {{{{ 7 * 7 }}}} \x1b[31m \x00 \x85
"""


def hostile(tree: Path) -> MapData:
    """The sample map, its rows under hostile names as well."""
    data = make_data(tree)
    fields = {name: name.replace("\0", "") for name in NAMES}.values()
    return MapData(
        **{
            **{name: getattr(data, name) for name in data.__dataclass_fields__},
            "meta": data.meta | {"kernel": EVIL, "label": EVIL},
            "sites": (
                *data.sites,
                *(site(2, "acquire", "read", name, file=file, function=name, argument=name)
                  for name in NAMES for file in FILES[:2]),
            ),
            "contracts": (*data.contracts, *(Contract(f, 2, n, "mmap_lock", n)
                                             for n in NAMES for f in FILES)),
            "spans": (*data.spans, *(Span(file, NAMES[0], 2, 4, whole=True) for file in FILES)),
            "diagnostics": tuple(Diagnostic(f, 1, n, n[:40], n) for f in FILES for n in NAMES),
            "accesses": (
                *data.accesses,
                *(access(2, n, "read", "read", file=f, struct=n, function=n, object=n,
                         violates="read") for n in fields for f in FILES),
            ),
            "rules": (
                *data.rules,
                *(Rule(n, n, n, n, (("read", 1, 1, 1),)) for n in fields),
            ),
        }
    )  # fmt: skip


def contexts() -> Contexts:
    """Functions of hostile names, called through hostile members."""
    return Contexts(
        files=(*CONTEXTS.files, *FILES),
        hows=("call", f"callback {EVIL}.{EVIL}"),
        functions=(
            *CONTEXTS.functions,
            *((10 + n, 2 + n % len(FILES), 2, 3, name) for n, name in enumerate(NAMES)),
        ),
        contexts={
            "mmap_lock": (
                *CONTEXTS.contexts["mmap_lock"],
                *((10 + n, 0, -1, 0, 0, 0, 0, 2, 2, 44, 1, 2) for n in range(len(NAMES))),
            )
        },
        members=(*CONTEXTS.members, *((name, name) for name in NAMES)),
        callbacks=(
            *CONTEXTS.callbacks,
            *((2 + n, 10 + n, 2 + n % len(FILES), 2) for n in range(len(NAMES))),
        ),
        examined=CONTEXTS.examined,
    )


@pytest.fixture(scope="module", params=["furo", "alabaster"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a hostile map and tree, far down in a folder of its own."""
    root = tmp_path_factory.mktemp("hostile")
    tree = root / "inside" / "linux"
    (tree / "mm").mkdir(parents=True)
    (tree / "mm/grow.c").write_text(TEXT)
    for file in FILES:
        if ".." not in file and len(file) < 250:
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_text(TEXT)
    (root / "outside.c").write_text("secret of another folder\n")
    write_map(root / "map.db", hostile(tree), contexts())
    before = set(root.rglob("*"))
    made = make(root / "map.db", root / "deep" / "site", theme=request.param)
    new = set(root.rglob("*")) - before - {root / "deep"}
    assert all(path.is_relative_to(root / "deep/site") for path in new)
    return made


def test_every_name_is_text(pages: Path) -> None:
    for page in pages.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html, page
        assert "\u202e" not in html, page
        assert "\u2028" not in html, page
        assert "\x00" not in html, page
        assert "\x1b" not in html, page
    for script in (pages / "_search").glob("*.js"):
        assert (
            script.read_text(encoding="utf-8").isprintable() or "\u202e" not in script.read_text()
        )


def test_the_names_are_there_to_be_read(pages: Path) -> None:
    html = "".join(page.read_text(encoding="utf-8") for page in pages.rglob("*.html"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;" in html.replace("<wbr>", "")
    assert "\\u202egnirts" in html
    assert "{{ 7 * 7 }}" in html
    assert "49" not in re.findall(r"<h1[^>]*>([^<]*)</h1>", html)


def test_the_site_is_whole(pages: Path) -> None:
    assert list(problems(pages)) == []


def test_nothing_outside_the_tree_is_read(pages: Path) -> None:
    for page in pages.rglob("*.html"):
        assert "secret of another folder" not in page.read_text(encoding="utf-8")


def test_file_names_are_short_and_plain(pages: Path) -> None:
    for path in pages.rglob("*.html"):
        name = path.relative_to(pages).as_posix()
        assert len(name) <= 170
        assert re.fullmatch(r"[a-z0-9_./~-]+", name), name
