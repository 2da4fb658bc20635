"""The wheel has everything a user needs, and works with nothing but what it asks for."""

import os
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from lockmap import __version__

pytestmark = pytest.mark.slow

LISTINGS = ("sites", "sections", "contracts", "diagnostics")


def without_network(output: str) -> None:
    """Skip where packages cannot be had; in CI that is a failure."""
    words = ("Could not find a version", "Temporary failure", "Connection", "No matching")
    if not os.environ.get("CI") and any(word in output for word in words):
        pytest.skip("no package index can be reached")


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> Path:
    pytest.importorskip("build", reason="building needs the development tools")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder)]
    if find_spec("hatchling"):
        command.append("--no-isolation")
    done = subprocess.run(
        [*command, str(root)], capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        without_network(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def contents(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """Run a command of an environment that has the wheel and what it depends on, no more."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-qq", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        without_network(done.stderr)
    assert done.returncode == 0, done.stderr
    env = {
        "PATH": f"{folder}/venv/bin:/usr/bin:/bin",
        "LOCKMAP_HOME": str(folder / "home"),
        "HOME": str(folder),
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
        )

    return run


@pytest.fixture(scope="module")
def scanned(clean):
    """The miniature kernel out of the wheel, scanned in the clean environment."""
    code = "from lockmap.data import mini_dir; print(mini_dir())"
    mini = clean("python", "-c", code).stdout.strip()
    assert "site-packages" in mini
    done = clean("lockmap", "scan", f"{mini}/v6.12", "--no-progress")
    assert done.returncode == 0, done.stderr
    return done


def test_the_wheel_has_all_data_files(contents, root):
    for folder, inside in (("queries", "lockmap/queries"), ("kernel_src/mini", "lockmap/mini")):
        wanted = {
            f"{inside}/{path.relative_to(root / folder)}"
            for path in (root / folder).rglob("*")
            if path.is_file()
        }
        assert wanted
        assert wanted <= contents


def test_the_wheel_has_every_module_and_the_licence(contents, root):
    wanted = {str(path.relative_to(root)) for path in (root / "lockmap").rglob("*.py")}
    assert wanted <= contents
    assert any(name.endswith("licenses/LICENSE") for name in contents)


def test_the_wheel_has_nothing_else(contents):
    others = {name.split("/")[0] for name in contents} - {"lockmap"}
    assert others == {f"lockmap-{__version__}.dist-info"}


def test_without_development_tools_every_command_has_help(clean):
    listing = clean("lockmap", "--help")
    assert listing.returncode == 0, listing.stderr
    assert clean("lockmap", "--version").stdout.split()[-1] == __version__
    code = "from lockmap.cli.main import COMMANDS; print(*COMMANDS)"
    names = clean("python", "-c", code).stdout.split()
    assert set(LISTINGS) < set(names)
    for name in names:
        done = clean("lockmap", name, "--help")
        assert done.returncode == 0, done.stderr
        assert "Examples:" in done.stdout


def test_without_development_tools_a_scan_ends_with_a_summary(scanned):
    assert "acqui" in scanned.stdout + scanned.stderr


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
@pytest.mark.parametrize("name", LISTINGS)
def test_without_development_tools_every_listing_answers(clean, scanned, name, form):
    done = clean("lockmap", name, "--format", form)
    # No rows is an answer too (1), for what a small kernel may lack.
    assert done.returncode in ((0, 1) if name == "diagnostics" else (0,)), done.stderr
    assert "Traceback" not in done.stderr


def test_without_development_tools_show_prints_a_function(clean, scanned):
    row = clean("lockmap", "sites", "--op", "acquire", "--format", "csv").stdout.splitlines()[1]
    file, line = row.split(",")[:2]
    done = clean("lockmap", "show", f"{file}:{line}")
    assert done.returncode == 0, done.stderr
    assert "mm" in done.stdout
