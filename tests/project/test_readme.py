"""The README's two commands exist, run with any POSIX shell, and are what CI runs."""

import os
import re
import subprocess
from typing import get_args

import pytest

from lockmap.map.records import Verdict

COMMANDS = ("quickstart", "runtests")


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_two_commands_before_any_other(readme):
    block = re.search(r"```sh\n(.*?)```", readme, re.DOTALL)
    assert block
    assert re.findall(r"^(\S+)", block.group(1), re.MULTILINE) == ["./quickstart", "./runtests"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_an_executable_posix_shell_script(root, name):
    path = root / name
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0


def test_git_knows_that_they_are_executable(root):
    listing = subprocess.run(
        ["git", "ls-files", "--stage", *COMMANDS],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git work tree")
    assert [line.split()[0] for line in listing.stdout.splitlines()] == ["100755", "100755"]


def test_ci_runs_the_readme_commands(root):
    script = (root / ".ci/run").read_text()
    assert subprocess.run(["bash", "-n", str(root / ".ci/run")], check=False).returncode == 0
    for name in COMMANDS:
        assert re.search(rf"^\./{name}\b", script, re.MULTILINE)


def test_every_verdict_is_explained(readme):
    for verdict in get_args(Verdict):
        assert f"| `{verdict}` |" in readme


def test_make_targets_call_only_what_exists(root):
    if subprocess.run(["which", "make"], capture_output=True, check=False).returncode:
        pytest.skip("make is not installed")
    for target in (
        "help",
        "venv",
        "test",
        "lint",
        "types",
        "docs",
        "bench",
        "accuracy",
        "dist",
        "clean",
    ):
        done = subprocess.run(
            ["make", "-n", target], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
