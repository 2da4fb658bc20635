"""A kernel from Debian: the package ``linux-source-X.Y``, through apt.

apt checks the archive's signatures and continues a broken download.  The
package is not installed, only downloaded and read, so nobody needs to be root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lockmap.errors import ObtainError
from lockmap.tree.source import printable
from lockmap.tree.staging import Fetched, Progress, Staging, check_version
from lockmap.tree.tarball import tarball_digest
from lockmap.tree.unpack import unpack

_EXPANSION = 14
_POLL_SECONDS = 0.25
_TARBALL = re.compile(r"(\./)?usr/src/linux-source-[\w.+-]+\.tar(\.\w+)?\Z")
_OTHER_WAYS = (
    "download a tarball from https://www.kernel.org and run `lockmap fetch FILE`, "
    "or name a git repository and a tag: `lockmap fetch URL v6.12`"
)


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package as apt knows it; *size* in bytes, *sha256* in hex."""

    name: str
    version: str
    filename: str
    size: int
    sha256: str


def find_package(version: str, progress: Progress) -> Package:
    """The package with the source of kernel *version* (``6.12``).

    The package lists are brought up to date when it is unknown and we may.
    Raises ObtainError that says what to do instead.
    """
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise ObtainError(
                f"{tool} is not installed: a kernel by its version comes from Debian's archive",
                hint=_OTHER_WAYS,
            )
    package = _known_package(version)
    if package is None and os.geteuid() == 0:
        progress("update the package lists", 0, 0)
        done = _run("apt-get", "update")
        package = _known_package(version)
        if package is None and done.returncode:
            raise ObtainError(f"apt-get update: {_complaint(done)}", hint=f"or {_OTHER_WAYS}")
    if package is not None:
        return package
    listed = _run("apt-cache", "search", "--names-only", r"^linux-source-[0-9][0-9.]*$")
    names = sorted(line.split()[0].removeprefix("linux-source-")
                   for line in listed.stdout.splitlines() if line.strip())  # fmt: skip
    if names:
        hint = f"apt offers {', '.join(names)}; or {_OTHER_WAYS}"
    elif os.geteuid() == 0:
        hint = f"this system's sources name no kernel source; {_OTHER_WAYS}"
    else:
        hint = f"run `sudo apt-get update` and try again; or {_OTHER_WAYS}"
    raise ObtainError(f"apt knows no package linux-source-{version}", hint=hint)


def _known_package(version: str) -> Package | None:
    name = f"linux-source-{version}"
    done = _run("apt-cache", "show", "--no-all-versions", name)
    if done.returncode:
        return None
    fields = dict(re.findall(r"^([A-Z][\w-]*): (.+)$", done.stdout, re.MULTILINE))
    try:
        package = Package(
            name,
            fields["Version"],
            fields["Filename"].rpartition("/")[2],
            int(fields["Size"]),
            fields["SHA256"].lower(),
        )
    except (KeyError, ValueError):
        return None  # installed by hand, and offered by no archive
    return package if re.fullmatch(r"[0-9a-f]{64}", package.sha256) else None


def from_debian(version: str, package: Package, staging: Staging, progress: Progress) -> Fetched:
    """Download, check, unpack and check again; the tree lands at its target."""
    staging.need_space(package.size * (_EXPANSION + 1))
    deb = _download(package, staging.partial, progress)
    with _inner_tarball(deb) as (stream, size):
        top, files = unpack(
            stream, staging.fresh("unpack"), tick=lambda: progress("unpack", stream.tell(), size)
        )
    found = check_version(top, version)
    source = f"Debian {package.name} {package.version}"
    record = Fetched(source, package.sha256, found.text, files)
    staging.finish(top, record)
    return record


def _download(package: Package, folder: Path, progress: Progress) -> Path:
    """The package's file, whole and of the hash that apt's signed lists give."""
    for old in folder.glob("*.deb"):
        if not _may_go_on(old, package):
            old.unlink()
    ready = _finished_file(package, folder)
    if ready is not None:
        return ready
    progress("download", 0, package.size)
    wanted = f"{package.name}={package.version}"
    command = ["apt-get", "-q", "-o", "Acquire::Retries=2", "download", wanted]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
    )
    try:
        output = _wait(process, folder, package, progress)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    ready = _finished_file(package, folder)
    if ready is None:
        done = subprocess.CompletedProcess(command, process.returncode, output, "")
        raise ObtainError(
            f"{package.name} could not be downloaded: {_complaint(done)}",
            hint="with the network back, the same command goes on where it stopped; "
            f"or {_OTHER_WAYS}",
        )
    return ready


def _wait(
    process: subprocess.Popen[str], folder: Path, package: Package, progress: Progress
) -> str:
    """Wait for apt, telling how much has arrived; returns what it printed."""
    while True:
        try:
            output, _ = process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            sizes = [path.stat().st_size for path in folder.glob("*.deb")]
            progress("download", max(sizes, default=0), package.size)
        else:
            return output


def _may_go_on(path: Path, package: Package) -> bool:
    """Whether *path* is this package of this version, as far as it goes; apt continues it."""
    # apt writes the colon of an epoch as %3a.
    expected = f"{package.name}_{package.version.replace(':', '%3a')}_"
    return path.name.startswith(expected) and path.stat().st_size <= package.size


def _finished_file(package: Package, folder: Path) -> Path | None:
    for path in folder.glob("*.deb"):
        if path.stat().st_size != package.size:
            continue
        if tarball_digest(path) == package.sha256:
            return path
        path.unlink()
        raise ObtainError(
            f"{package.name}: what was downloaded has not the sha256 that apt's lists give",
            hint="it was removed; run the same command again",
        )
    return None


@contextmanager
def _inner_tarball(deb: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The packed kernel inside the package, as a stream, and its size in bytes."""
    process = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        with tarfile.open(fileobj=process.stdout, mode="r|") as package:
            for member in package:
                if _TARBALL.match(member.name) and member.isreg():
                    stream = package.extractfile(member)
                    assert stream is not None
                    yield stream, member.size
                    return
        raise ObtainError(f"{deb.name}: holds no packed kernel")
    except tarfile.TarError as error:
        raise ObtainError(f"{deb.name}: {error}", hint="run the same command again") from error
    finally:
        process.terminate()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()


def _environment() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
        check=False,
    )


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The first error apt printed."""
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "Err:"))]
    text = (errors or lines[-1:] or [f"it ended with {done.returncode}"])[0]
    return printable(text.removeprefix("E: "))
