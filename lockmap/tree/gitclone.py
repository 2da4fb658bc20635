"""A kernel from a git repository: one tag, without history."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from lockmap.errors import ObtainError
from lockmap.tree.gitrun import safe_environment
from lockmap.tree.source import printable
from lockmap.tree.staging import Fetched, Progress, Staging, check_version

_EXPECTED_BYTES = 2_200_000_000
"""A pack of 0.3 GB and a tree of 1.6 GB, and something to spare."""
_TAG = re.compile(r"v?(?P<version>\d+\.\d+(?:\.\d+)*(?:-rc\d+)?)\Z")
_PERCENT = re.compile(r"(?:remote: )?([A-Z][\w ]+):\s+\d+% \((\d+)/(\d+)\)")
_PROTOCOLS = "file:git:http:https:ssh"
"""Not ``ext``, which runs a command line."""


def git_folder(tag: str) -> str:
    """The name of the folder a tag is checked out to: ``linux-v6.12``."""
    if not re.fullmatch(r"\w[\w./+-]*", tag) or ".." in tag:
        raise ObtainError(f"{printable(tag)!r} is not a tag", hint="for instance v6.12")
    return "linux-" + re.sub(r"[^\w.+-]", "-", tag)


def shown_url(url: str) -> str:
    """*url* without a name and a password in it."""
    parts = urlsplit(url)
    if "@" not in parts.netloc or not parts.scheme:
        return printable(url)
    return printable(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def from_git(url: str, tag: str, staging: Staging, progress: Progress) -> Fetched:
    """Fetch *tag* of *url*, check it out and check it; the tree lands at its target.

    git keeps whole packs only: after an interruption the pack is sent again, but a
    finished one is not.
    """
    if shutil.which("git") is None:
        raise ObtainError("git is not installed", hint="install git, or fetch a tarball instead")
    if url.startswith("-"):
        raise ObtainError(f"{printable(url)!r} is not a git address")
    staging.need_space(_EXPECTED_BYTES)
    tree = staging.partial / "clone"
    source = os.path.abspath(url) if Path(url).exists() else url  # noqa: PTH100 (a plain str)
    if not (tree / ".git/HEAD").is_file():
        _git(staging.fresh("clone"), progress, "init", "--quiet", "--template=", ".")
    _git(tree, progress, "fetch", "--progress", "--depth=1", "--no-tags",
         "--no-recurse-submodules", "--", source, tag)  # fmt: skip
    progress("check the objects", 0, 0)
    _git(tree, progress, "fsck", "--connectivity-only", "--no-dangling", "FETCH_HEAD")
    _git(tree, progress, "checkout", "--progress", "--force", "--detach", "FETCH_HEAD")
    commit = _git(tree, progress, "rev-parse", "--verify", "HEAD").strip()
    files = _git(tree, progress, "ls-tree", "-r", "--name-only", "HEAD").count("\n")
    match = _TAG.match(tag)
    version = check_version(tree, match["version"] if match else "")
    record = Fetched(f"{shown_url(url)} {tag}", commit, version.text, files)
    staging.finish(tree, record)
    return record


def _git(tree: Path, progress: Progress, *arguments: str) -> str:
    """Run git in *tree*, turning its progress lines into calls; returns what it printed."""
    settings = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false",
                "gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false")  # fmt: skip
    options = [word for setting in settings for word in ("-c", setting)]
    # The way to the server is the user's affair; which repository is not.
    kept = {
        k: v for k, v in os.environ.items() if k.startswith(("GIT_SSH", "GIT_SSL", "GIT_PROXY"))
    }
    # A file, not a pipe: nobody reads it until git has ended.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["git", *options, *arguments],
            cwd=tree,
            env=safe_environment(**kept, GIT_ALLOW_PROTOCOL=_PROTOCOLS),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
        )
        complaint = _follow(process, progress)
        if process.returncode:
            raise ObtainError(
                f"git {arguments[0]}: {complaint or f'ended with {process.returncode}'}",
                hint="check the address, the tag and the network; "
                "the same command goes on where it stopped",
            )
        output.seek(0)
        return output.read().decode("utf-8", "backslashreplace")


def _follow(process: subprocess.Popen[str], progress: Progress) -> str:
    """Report progress until git ends; returns its first complaint."""
    complaint = ""
    assert process.stderr is not None
    try:
        for line in process.stderr:  # git's carriage returns count as line ends here
            match = _PERCENT.match(line)
            if match:
                progress(match[1].lower(), int(match[2]), int(match[3]))
            elif line.startswith(("fatal:", "error:", "remote: error:")) and not complaint:
                complaint = printable(line.strip().partition(": ")[2])
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        process.stderr.close()
    return complaint
