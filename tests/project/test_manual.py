"""The manual has every command, and needs nothing but itself."""

import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import click
import pytest

from lockmap.cli.main import COMMANDS, cli

NAMES = sorted(COMMANDS)


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


class Assets(HTMLParser):
    """What a browser loads by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source"}:
            self.urls.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in {"index", "search", "next", "prev", "author"}:
            self.urls.append(given.get("href") or "")


@pytest.fixture(scope="module")
def manual(root, tmp_path_factory):
    """The manual as HTML; furo unless it is not installed."""
    pytest.importorskip("sphinx", reason="the manual needs the development tools")
    folder = tmp_path_factory.mktemp("manual")
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, str(root / "docs"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example_of_itself(name):
    text = command(name).get_help(click.Context(command(name), info_name=name))
    _, _, examples = text.partition("Examples:")
    assert re.search(rf"^ +lockmap {name}\b", examples, re.MULTILINE), text


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_does(name):
    silent = [
        option.opts
        for option in command(name).params
        if isinstance(option, click.Option) and not option.help and not option.hidden
    ]
    assert silent == []


def test_every_command_is_in_the_manual_with_its_options(manual):
    page = (manual / "reference/cli.html").read_text(encoding="utf-8")
    for name in NAMES:
        assert f'id="lockmap-{name}"' in page, name
        for option in command(name).params:
            if isinstance(option, click.Option) and not option.hidden:
                longest = max(option.opts, key=len).lstrip("-")
                assert f'id="cmdoption-lockmap-{name}-{longest}"' in page, (name, option.opts)


def test_examples_are_shown_as_they_are_typed(manual):
    page = (manual / "reference/cli.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"<[^>]*>", "", page))
    for name in NAMES:
        shown = command(name).get_help(click.Context(command(name), info_name=name))
        for line in re.findall(rf"^ +(lockmap {name} .*)$", shown.partition("Examples:")[2], re.M):
            assert line in text


def test_commands_named_in_the_manual_exist(root):
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    named = {
        (page.name, word)
        for page in pages
        for block in re.findall(r"```sh\n(.*?)```|`(lockmap [^`]+)`", page.read_text(), re.DOTALL)
        for word in re.findall(r"^lockmap ([a-z]+)", "".join(block), re.MULTILINE)
    }
    assert {(page, word) for page, word in named if word not in COMMANDS} == set()
    assert ("README.md", "sections") in named


def test_a_page_loads_nothing_from_elsewhere(manual):
    pages = [page for page in manual.rglob("*.html") if "_static" not in page.parts]
    assert pages
    for page in pages:
        assets = Assets()
        assets.feed(page.read_text(encoding="utf-8"))
        assert [url for url in assets.urls if re.match(r"(?:https?:)?//", url)] == [], page.name
    for sheet in manual.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet


def test_another_theme_works(root, tmp_path):
    pytest.importorskip("sphinx")
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "-D", "html_theme=alabaster"]
    done = subprocess.run(
        [*command, str(root / "docs"), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
