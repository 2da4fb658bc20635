"""The project keeps its own rules: small modules, docstrings, nothing private in its files."""

import ast
import re
from pathlib import Path

import pytest

MOST_LINES = 400
KNOWN_HOSTS = {
    "keepachangelog.com",
    "semver.org",
    "github.com",
    "lore.kernel.org",
    "docs.kernel.org",
    "git.kernel.org",
    "www.kernel.org",
    "kernel.org",
    "lwn.net",
    "elixir.bootlin.com",
    "www.sqlite.org",
    "no-color.org",
    "json.schemastore.org",
    "www.w3.org",
    "specifications.freedesktop.org",
}
"""Hosts a reader may be sent to.  A host to download from is the machine's own setting."""
_URL_HOST = re.compile(r"(?:https?|git|ftp)://(?:[^/\s@]*@)?([A-Za-z0-9.-]+)")
_REGISTRY = re.compile(
    r"\b(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|crates|debian)\.(?:org|io|com)\b"
)
_PRIVATE_PATH = re.compile(r"(?<![\w.$~}-])/(?:work|home|Users|root)/[\w.]")


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def modules(files: list[Path]) -> list[Path]:
    return [path for path in files if path.suffix == ".py"]


def is_example(host: str) -> bool:
    """Names that never resolve, for tests and examples (RFC 2606), and this machine itself."""
    last = host.rpartition(".")[2]
    return "." not in host or last in {"example", "invalid", "test"} or host.startswith("127.")


def hits(pattern: re.Pattern[str], files: list[Path], root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {match.group()}"
        for path in files
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def test_no_module_is_longer_than_400_lines(own_files, root):
    long = {
        str(path.relative_to(root)): lines
        for path in modules(own_files)
        if (lines := len(text_of(path).splitlines())) >= MOST_LINES
    }
    assert long == {}


def test_every_module_says_what_it_is_for(own_files, root):
    silent = [
        str(path.relative_to(root))
        for path in modules(own_files)
        if path.name != "__init__.py" or text_of(path).strip()
        if not ast.get_docstring(ast.parse(text_of(path)))
    ]
    assert silent == []


def test_links_lead_only_to_known_places(own_files, root):
    unknown = [
        f"{path.relative_to(root)}: {host}"
        for path in own_files
        for host in _URL_HOST.findall(text_of(path))
        if host not in KNOWN_HOSTS and not is_example(host)
    ]
    assert unknown == []


def test_no_package_registry_is_named(own_files, root):
    assert hits(_REGISTRY, own_files, root) == []


def test_no_path_of_somebodys_machine_is_in_the_files(own_files, root):
    assert hits(_PRIVATE_PATH, own_files, root) == []


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        (_REGISTRY, "pip install -i " + "pypi" + ".org/simple x", True),
        (_REGISTRY, "deb mirror." + "debian" + ".org bookworm main", True),
        (_REGISTRY, "Debian's packages, from apt", False),
        (_PRIVATE_PATH, "see /" + "home/jo/linux", True),
        (_PRIVATE_PATH, "see ~/linux, $X/home/linux and docs/work/plan", False),
    ],
)
def test_the_patterns_above_can_find_something(pattern, line, found):
    assert bool(pattern.search(line)) is found


def test_links_between_pages_lead_somewhere(own_files, root):
    link = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
    missing = [
        f"{path.relative_to(root)}: {target}"
        for path in own_files
        if path.suffix == ".md"
        for target in link.findall(text_of(path))
        if not (path.parent / target).exists()
    ]
    assert missing == []
