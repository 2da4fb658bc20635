"""A machine made of stand-ins: the two shell commands, and only the programs a test gives them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_COREUTILS = ("sh", "basename", "dirname", "cat", "cksum", "mkdir", "mktemp", "rm", "cp", "touch")

# Every stand-in logs its call.  $FAIL has the calls that fail: "mypy=1;ruff format=2".
_STAND_IN = """#!/bin/sh
call="$(basename "$0")${*:+ $*}"
echo "$call" >> "$LOG"
IFS=';'
for rule in ${FAIL:-}; do
    case $call in ${rule%=*}*) exit ${rule##*=} ;; esac
done
"""

_LOCKMAP = _STAND_IN + 'test "$1" != fetch || echo "/kernels/linux-$2"\n'

_PYTHON = (
    _STAND_IN
    + """
case "$1${2:+ $2}" in
--version) echo "Python 3.11.0" ;;
"-c import ensurepip, venv") test ! -e "$STATE/no-venv" ;;
"-m pip") test ! -e "$STATE/no-pip" ;;
"-m venv" | "-m virtualenv")
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    cp "$STATE/lockmap" "$folder/bin/lockmap"
    for tool in ruff mypy lint-imports codespell sphinx-build; do
        cp "$STATE/stand-in" "$folder/bin/$tool"
    done ;;
esac
"""
)


class Sandbox:
    """A copy of the scripts in ``repo``, with a PATH that holds nothing but stand-ins."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.repo = folder / "repo"
        self.state = folder / "state"
        self.bin = folder / "bin"
        self.log = folder / "log"
        for made in (self.repo / ".ci", self.state, self.bin):
            made.mkdir(parents=True)
        for name in ("quickstart", "runtests", "pyproject.toml", ".ci/environment.sh"):
            shutil.copy(root / name, self.repo / name)
        for name in _COREUTILS:
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)
        for name, text in (("stand-in", _STAND_IN), ("lockmap", _LOCKMAP)):
            (self.state / name).write_text(text)
            (self.state / name).chmod(0o755)
        self.add("id", "#!/bin/sh\necho 1000\n")

    def add(self, name: str, text: str = _STAND_IN) -> None:
        """Put a program on the PATH."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def add_python(self, name: str = "python3.11") -> None:
        """A Python 3.11 with everything, unless the state folder says otherwise."""
        self.add(name, _PYTHON)

    def run(self, *command: str, fail: str = "") -> subprocess.CompletedProcess[str]:
        """Run a script of the repository; stdout and stderr together, as a person sees them."""
        env = {"PATH": str(self.bin), "LOG": str(self.log), "STATE": str(self.state), "FAIL": fail}
        return subprocess.run(
            [str(self.repo / command[0]), *command[1:]],
            cwd="/",
            env={**env, "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self, program: str) -> list[str]:
        """The logged calls of one program, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.split()[0] == program]

    def installs(self) -> list[str]:
        """What pip was asked to install into .venv."""
        return [line.rpartition(" ")[2] for line in self.calls("python") if "pip install" in line]
