"""``./runtests``: every gate, its exit code, and the tests last."""

import re

import pytest

from .sandbox import Sandbox

GATES = {
    "ruff check": (10, "lint"),
    "ruff format": (11, "format"),
    "mypy": (12, "types"),
    "lint-imports": (13, "imports"),
    "codespell": (14, "spelling"),
    "sphinx-build": (15, "docs"),
    "python -m pytest": (16, "tests"),
}


@pytest.fixture
def machine(root, tmp_path):
    made = Sandbox(root, tmp_path)
    made.add_python()
    return made


def gates_run(machine: Sandbox) -> list[str]:
    """The gates in the order they ran."""
    lines = machine.log.read_text().splitlines()
    return [gate for line in lines for gate in GATES if line.startswith(gate)]


def test_all_gates_run_and_the_tests_come_last(machine):
    done = machine.run("runtests")
    assert done.returncode == 0, done.stdout
    assert gates_run(machine) == list(GATES)
    assert "FAILED" not in done.stdout
    assert machine.installs() == [".[dev]"]


@pytest.mark.parametrize("gate", GATES)
def test_a_failed_gate_has_its_own_code_and_banner_and_the_others_still_run(machine, gate):
    code, name = GATES[gate]
    done = machine.run("runtests", fail=f"{gate}=1")
    assert done.returncode == code
    assert f"*** {name} FAILED (exit code {code})" in done.stdout
    assert done.stdout.splitlines()[-1] == f"*** FAILED: {name}"
    assert gates_run(machine) == list(GATES)


def test_of_two_failures_the_first_gives_the_code_and_both_are_named(machine):
    done = machine.run("runtests", fail="mypy=1;codespell=65")
    assert done.returncode == 12
    assert done.stdout.splitlines()[-1] == "*** FAILED: types spelling"


def test_a_run_without_any_test_is_no_success(machine):
    assert machine.run("runtests", fail="python -m pytest=5").returncode == 16


def test_arguments_go_to_pytest(machine):
    machine.run("runtests", "-k", "readme", "tests/project")
    assert machine.calls("python")[-1].endswith(" -k readme tests/project")


def test_no_gates_is_only_pytest(machine):
    assert machine.run("runtests", "--no-gates", "-x").returncode == 0
    assert gates_run(machine) == ["python -m pytest"]
    assert machine.calls("python")[-1].endswith(" -x")


def test_the_codes_in_help_and_contributing_are_these(machine, root):
    usage = machine.run("runtests", "--help").stdout
    table = (root / "CONTRIBUTING.md").read_text()
    for code, name in GATES.values():
        assert re.search(rf"\b{code} {name}\b", usage)
        assert f"| {code} | {name} |" in table
