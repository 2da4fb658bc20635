"""Macros that are read as something simpler than what they are."""

from pathlib import Path

import pytest

from lockmap.errors import DataError
from lockmap.program import macro_data
from lockmap.program.macro_data import load_stand_ins
from tests.program.texts import linked

TRACE = (
    "#define TRACE_EVENT(name, probe) \\\n"
    "static void trace_##name(void) \\\n{ \\\n\tprobe(); \\\n} \\\n"
    "static void perf_##name(void) \\\n{ \\\n}\n"
)


def test_a_use_makes_what_the_data_says_and_no_more() -> None:
    text = "static void probe(void)\n{\n}\nTRACE_EVENT(start, probe);\n"
    code = linked({"include/trace.h": TRACE, "a.c": text}).code
    assert code.named("trace_start")
    assert code.named("trace_start_enabled")
    assert not code.named("perf_start")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('macros = ["A"]\ntext = "no parameters"', "stands_for[0].text"),
        ('macros = ["A"]\ntext = "(x) {"', "stands_for[0].text"),
        ('macros = ["A B"]\ntext = "(x)"', "'A B' is no name"),
        ('macros = ["A", "A"]\ntext = "(x)"', "A stands twice"),
        ('macros = ["A"]\ntext = "(x)"\nmore = 1', "more"),
    ],
)
def test_what_is_wrong_in_the_data_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str, said: str
) -> None:
    (tmp_path / "macros.toml").write_text(f"[[stands_for]]\n{rows}\n")
    monkeypatch.setattr(macro_data, "queries_dir", lambda: tmp_path)
    load_stand_ins.cache_clear()
    try:
        with pytest.raises(DataError, match=r"macros\.toml") as caught:
            load_stand_ins()
    finally:
        load_stand_ins.cache_clear()
    assert said in str(caught.value)
