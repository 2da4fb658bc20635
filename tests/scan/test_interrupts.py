"""Ctrl-C, killed workers, and scans side by side."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from scan.trees import LOCKED, PLAIN, child, left_over, run, small_tree, write_tree

# Small batches, so that a small tree is spread over worker processes.
_SPREAD = """
import lockmap.scan.ahead, lockmap.scan.triage, lockmap.scan.workers
lockmap.scan.triage._BATCH_BYTES = 400
lockmap.scan.workers.INLINE_BYTES = 0
lockmap.scan.ahead.INLINE_FUNCTIONS = 0
"""
_STOP_AT = """
import sys, time, multiprocessing
import lockmap.cli.scan as s
def stop(self, stage, done, total):
    if stage == {stage!r}:
        print("workers", *[p.pid for p in multiprocessing.active_children()], flush=True)
        time.sleep(60)
s._Reporter.__call__ = stop
"""
_KILL_ONE = """
import os, signal, multiprocessing
import lockmap.cli.scan as s
def kill(self, stage, done, total):
    for process in multiprocessing.active_children() if stage == "read" else ():
        os.kill(process.pid, signal.SIGKILL)
s._Reporter.__call__ = kill
"""


def _wide_tree(root: Path) -> Path:
    files = {f"fs/{n}.c": PLAIN.format(name=f"f{n}") * 20 for n in range(60)}
    return write_tree(small_tree(root), dict(files))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize("stage", ["read", "analyse", "accesses", "call graph", "write"])
def test_ctrl_c_leaves_the_old_map_and_nothing_else(tmp_path: Path, stage: str) -> None:
    tree, home = _wide_tree(tmp_path / "t"), tmp_path / "home"
    assert run(home, "scan", "-q", tree)[0] == 0
    path = next((home / "maps").glob("*.db"))
    good = path.read_bytes()
    for n in range(60):
        (tree / "fs" / f"{n}.c").write_text(LOCKED.format(name=f"g{n}") * 10)
    setup = _SPREAD + _STOP_AT.format(stage=stage)
    process = child(home, "scan", "--jobs", "2", tree, setup=setup)
    assert process.stdout is not None
    workers = [int(word) for word in process.stdout.readline().split()[1:]]
    # Beside those that read accesses there is one for the call graph, which may have ended.
    assert len(workers) in {"read": {2}, "write": {0, 1}}.get(
        stage, {3} if stage != "call graph" else {1}
    )
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not any(_alive(pid) for pid in workers)
    assert path.read_bytes() == good
    assert left_over(home) == []
    assert run(home, "scan", "-q", tree)[0] == 0
    assert "g59" in run(home, "sites", tree)[1]


def test_a_killed_worker_is_named(tmp_path: Path) -> None:
    tree, home = _wide_tree(tmp_path / "t"), tmp_path / "home"
    code, _, err = run(home, "scan", "--jobs", "2", tree, setup=_SPREAD + _KILL_ONE)
    assert code == 2
    assert "a worker process died" in err
    assert "--jobs 1" in err
    assert list((home / "maps").glob("*.db")) == []
    assert run(home, "scan", "-q", tree)[0] == 0


def test_workers_end_with_a_scan_that_is_killed(tmp_path: Path) -> None:
    tree, home = _wide_tree(tmp_path / "t"), tmp_path / "home"
    process = child(
        home, "scan", "--jobs", "2", tree, setup=_SPREAD + _STOP_AT.format(stage="read")
    )
    assert process.stdout is not None
    workers = [int(word) for word in process.stdout.readline().split()[1:]]
    assert len(workers) == 2
    process.kill()
    process.communicate(timeout=30)
    until = time.monotonic() + 20
    while any(_alive(pid) for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(_alive(pid) for pid in workers)


@pytest.mark.parametrize("same", [True, False], ids=["one tree", "two trees"])
def test_scans_side_by_side_do_not_disturb_each_other(tmp_path: Path, same: bool) -> None:
    home = tmp_path / "home"
    trees = [_wide_tree(tmp_path / "a"), _wide_tree(tmp_path / "b")]
    (trees[1] / "mm" / "a.c").write_text(LOCKED.format(name="other"))
    chosen = [trees[0], trees[0]] if same else trees
    running = [child(home, "scan", "-q", "--jobs", "2", tree, setup=_SPREAD) for tree in chosen]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    for tree, name in zip(chosen, ["first", "first" if same else "other"], strict=True):
        assert name in run(home, "sites", tree)[1]
    assert left_over(home) == []
