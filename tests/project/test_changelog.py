"""The changelog speaks of the version that is installed, in the form it names."""

import re

import pytest

from lockmap import __version__

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.fixture(scope="module")
def changelog(root):
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_unreleased_comes_first_then_versions_newest_first(changelog):
    first, *versions = re.findall(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert first == "Unreleased"
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert numbers == sorted(numbers, reverse=True)


def test_the_current_version_has_a_section_that_says_something(changelog):
    _, _, after = changelog.partition(f"## [{__version__}]")
    section = after.partition("\n## ")[0]
    assert re.search(r"^- .+", section, re.MULTILINE)


def test_changes_are_grouped_by_kind(changelog):
    assert set(re.findall(r"^### (.+)$", changelog, re.MULTILINE)) <= KINDS
