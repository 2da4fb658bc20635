"""The benchmark measures what it says: time, processor, memory of all processes together."""

import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from .bench import bench_tree, find_kernels, interleave
from .measure import CommandError, Cost, family, parse_stat, run
from .report import MIB, TreeResult, linearity, middle, missed_floors, page, table
from .scratch import edit, scratch_tree, sources


def cost(wall: float = 1.0, rss: int = 10 * MIB, largest: int = 5 * MIB) -> Cost:
    return Cost(wall=wall, cpu=wall, rss=rss, pss=rss // 2, largest=largest, processes=1)


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", textwrap.dedent(code)]


def program(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "linux-9.9"
    for name in ("mm/mmap.c", "fs/exec.c", "include/linux/mm.h", "drivers/big.c"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"/* {name} */\n")
    (root / "Makefile").write_text("VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = 0\n")
    (root / "fs/alias.c").symlink_to("exec.c")
    return root


# --- one command ---


def test_wall_time_is_the_time_until_exit(tmp_path):
    measured = run(["sleep", "0.3"], cwd=tmp_path)
    assert 0.3 <= measured.wall < 3
    assert measured.cpu < 0.2


def test_cpu_time_includes_children(tmp_path):
    measured = run(
        python("""
            import os
            if os.fork() == 0:
                while sum(os.times()[:2]) < 0.3: pass
                os._exit(0)
            os.wait()
        """),
        cwd=tmp_path,
    )
    assert measured.cpu >= 0.25


def test_memory_is_summed_over_all_processes(tmp_path):
    # Three processes of 40 MiB of their own: no single one comes near the sum.
    measured = run(
        python("""
            import os, time
            pids = [os.fork()]
            if pids[0] == 0: pids = [os.fork()]
            ballast = bytearray(b"x") * (40 << 20)
            time.sleep(1.0)
            if pids != [0]: os.wait()
        """),
        cwd=tmp_path,
    )
    assert measured.processes == 3
    assert measured.rss >= 120 * MIB
    # Until it calls exec, a fork weighs what this process does: the kernel counts that in.
    own = getrusage(RUSAGE_SELF).ru_maxrss * 1024
    assert 40 * MIB <= measured.largest < max(100 * MIB, 2 * own)
    assert measured.rss <= measured.memory <= max(measured.rss, 2 * own)


def test_a_peak_too_short_to_sample_still_counts_for_the_largest_process(tmp_path):
    measured = run(python("bytearray(b'x') * (64 << 20)"), cwd=tmp_path)
    assert measured.memory >= 64 * MIB


def test_pss_counts_shared_pages_once(tmp_path):
    measured = run(
        python("""
            import os, time
            ballast = bytearray(b"x") * (60 << 20)
            child = os.fork()
            time.sleep(1.6)
            if child: os.wait()
        """),
        cwd=tmp_path,
    )
    if measured.pss == 0:
        pytest.skip("this kernel does not tell proportional set sizes")
    assert measured.pss < 100 * MIB < measured.rss


def test_a_failing_command_is_an_error_with_its_last_words(tmp_path):
    with pytest.raises(CommandError, match=r"exit 3(.|\n)*no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"], cwd=tmp_path)


def test_a_missing_command_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run([str(tmp_path / "nothing")], cwd=tmp_path)


def test_nothing_started_outlives_the_measurement(tmp_path):
    run(["sh", "-c", "sleep 60 & echo $! > pid"], cwd=tmp_path)
    pid = int((tmp_path / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    # A killed process takes a moment to go; one left alone would sleep for a minute.
    for _ in range(100):
        try:
            if ") Z " in state.read_text():
                return
        except OSError:
            return
        time.sleep(0.1)
    pytest.fail("still running")


def test_stat_of_a_process_whose_name_looks_like_a_stat_line():
    assert parse_stat("77 (a) R 1 (b) S 42 77 76 0 -1 4194304") == (42, 76)


def test_a_family_is_the_session_and_all_descendants():
    stats = {
        10: (1, 10),  # the command
        11: (10, 10),  # its worker
        12: (1, 10),  # a worker whose parent died
        13: (11, 13),  # a grandchild with a session of its own
        99: (1, 99),  # somebody else
    }
    assert family(10, stats) == {10, 11, 12, 13}


# --- the scratch tree ---


def test_editing_the_scratch_tree_leaves_the_real_one_alone(tree):
    before = (tree / "mm/mmap.c").read_bytes()
    with scratch_tree(tree) as copy:
        assert (copy / "fs/exec.c").samefile(tree / "fs/exec.c")
        edit(copy, "mm/mmap.c", "one")
        assert b"lockmap_bench_one" in (copy / "mm/mmap.c").read_bytes()
    assert (tree / "mm/mmap.c").read_bytes() == before
    assert not copy.exists()
    assert [entry.name for entry in tree.parent.iterdir()] == [tree.name]


def test_a_part_of_a_tree_holds_only_the_named_parts(tree):
    with scratch_tree(tree, ("Makefile", "mm", "include/linux", "no-such")) as copy:
        assert sources(copy) == ["include/linux/mm.h", "mm/mmap.c"]
        assert (copy / "Makefile").is_file()


def test_sources_are_regular_c_and_h_files(tree):
    assert sources(tree) == ["drivers/big.c", "fs/exec.c", "include/linux/mm.h", "mm/mmap.c"]


# --- rounds ---


def test_rounds_are_interleaved_and_each_starts_with_another_job():
    ran: list[str] = []

    def job(name: str):
        def once(_number: int) -> dict[str, Cost]:
            ran.append(name)
            return {name: cost()}

        return once

    costs = interleave([job("scan, cold"), job("ctags"), job("cscope")], 3)
    assert ran == [
        *("scan, cold", "ctags", "cscope"),
        *("ctags", "cscope", "scan, cold"),
        *("cscope", "scan, cold", "ctags"),
    ]
    assert {name: len(rounds) for name, rounds in costs.items()} == dict.fromkeys(ran, 3)


def test_a_whole_round_with_stand_ins_for_all_three_tools(tree, tmp_path):
    log = tmp_path / "log"
    fakes = tmp_path / "bin"
    fakes.mkdir()
    tools = {
        "lockmap": [
            program(
                fakes,
                "lockmap",
                f'test -d "$LOCKMAP_HOME" && state=warm || state=cold; mkdir -p "$LOCKMAP_HOME"\n'
                f'grep -c lockmap_bench_ "$2/mm/mmap.c" | sed "s/^/$6$state, edits /" >> {log}\n'
                f'test "$3" = --output && : > "$4" && test "$5" = --no-progress',
            )
        ],
        "ctags": [program(fakes, "ctags", f"wc -l < $5 | sed 's/^/ctags /' >> {log}; : > $7")],
        "cscope": [program(fakes, "cscope", f"echo cscope $1 $2 $3 >> {log}; : > $7; : > $7.in")],
    }
    result = bench_tree(tree, "Linux 9.9", (), 2, tools)
    assert log.read_text().splitlines() == [
        *("cold, edits 0", "warm, edits 0", "warm, edits 1"),
        *(f"--sections-only{step}" for step in ("cold, edits 1", "warm, edits 1", "warm, edits 2")),
        *("ctags 4", "cscope -b -q -k"),
        *(f"--sections-only{step}" for step in ("cold, edits 2", "warm, edits 2", "warm, edits 3")),
        *("ctags 4", "cscope -b -q -k"),
        *("cold, edits 3", "warm, edits 3", "warm, edits 4"),
    ]
    assert result.files == 4
    assert result.size == sum(len((tree / name).read_bytes()) for name in sources(tree))
    steps = ("cold", "unchanged", "one file edited")
    jobs = {f"{name}, {step}" for name in ("scan", "sections") for step in steps}
    assert set(list(result.costs)[:6]) == jobs
    assert list(result.costs)[6:] == ["ctags", "cscope"]


def test_a_missing_kernel_is_named_with_the_command_that_gets_it(tmp_path):
    with pytest.raises(SystemExit, match=r"lockmap fetch 9\.9"):
        find_kernels(tmp_path, ["9.9"])


def test_real_ctags_and_cscope_take_the_options_they_are_given(tree, tmp_path):
    for name in ("ctags", "cscope"):
        try:
            subprocess.run([name, "--version"], capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip(f"{name} is not installed")
    fake = program(tmp_path, "lockmap", ': > "$4"')
    tools = {"lockmap": [fake], "ctags": ["ctags"], "cscope": ["cscope"]}
    (tree / "mm/mmap.c").write_text("int find_vma(void)\n{\n\treturn 0;\n}\n")
    result = bench_tree(tree, "Linux 9.9", (), 1, tools)
    assert all(rounds[0].wall > 0 for rounds in result.costs.values())


# --- the page ---


def result(scan: float, ctags: float = 60.0, rss: int = 100 * MIB) -> TreeResult:
    return TreeResult(
        name="Linux 9.9",
        files=3,
        size=200_000_000,
        costs={
            "scan, cold": [cost(scan, rss), cost(scan * 3, rss), cost(scan - 1, rss)],
            "scan, unchanged": [cost(1.0)] * 3,
            "scan, one file edited": [cost(2.0)] * 3,
            "sections, cold": [cost(scan / 2, rss)] * 3,
            "sections, unchanged": [cost(1.0)] * 3,
            "sections, one file edited": [cost(2.0)] * 3,
            "ctags": [cost(ctags)] * 3,
        },
    )


def test_medians_of_time_and_the_highest_memory():
    mid = middle([cost(1.0, rss=5), cost(9.0, rss=7), cost(2.0, rss=6)])
    assert (mid.wall, mid.rss) == (2.0, 7)


def test_the_table_gives_each_job_its_ratio_to_ctags():
    row = next(line for line in table(result(24.0)).splitlines() if "cold" in line)
    assert row == "| scan, cold | 24.0 72.0 23.0 | 24.00 | 0.400 | 24.0 | 100 | 50 | 1 |"


def test_floors_that_are_met_and_floors_that_are_missed():
    assert missed_floors(result(45.0)) == []
    assert missed_floors(result(46.0)) == ["Linux 9.9, scan, cold: 0.767x ctags, floor 0.75x"]
    assert missed_floors(result(9.0, rss=2561 * MIB)) == [
        "Linux 9.9, scan, cold: 2561 MiB, floor 2560 MiB",
        "Linux 9.9, sections, cold: 2561 MiB, floor 2048 MiB",
    ]


def test_linearity_is_seconds_for_equal_amounts_of_source():
    assert "| Linux 9.9 | 200 | 24.0 | 12.00 | 30.00 |" in linearity([result(24.0)])


def test_the_page_says_command_machine_tools_and_verdict():
    text = page([result(24.0), result(46.0)], ["lockmap 9", "ctags 8"], "make bench", 0.5)
    for part in (
        "`make bench`",
        "lockmap 9; ctags 8",
        "Python 3.",
        " cores ",
        "load",
        "## Cost by",
    ):
        assert part in text
    assert "Missed: Linux 9.9, scan, cold: 0.767x ctags" in text
    assert "All floors are met" in page([result(24.0)], [], "make bench", 0.0)
    of_part = replace(result(46.0), part=True)
    assert "All floors are met. They are for whole kernels" in page(
        [of_part], [], "make bench", 0.0
    )
