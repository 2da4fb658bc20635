"""The lock specifications that ship with lockmap: every file under queries/ says what it may."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_c

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError
from lockmap.locks.spec import (
    Api,
    Citation,
    Convention,
    Field,
    Guard,
    Lock,
    Pair,
    Parameter,
    Primitive,
)

Row = Api | Guard | Field | Convention | Parameter | Pair

PRIMITIVE_FILES = sorted((queries_dir() / "primitives").glob("*.toml"))
LOCK_FILES = sorted((queries_dir() / "locks").glob("*.toml"))

VERSION = re.compile(r"v2\.6\.\d{1,2}|v[3-9]\.\d{1,2}")
COMMIT = re.compile(r"[0-9a-f]{12}")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
EXPRESSION_WORD = re.compile(r"result|param|arg\d|IS_ERR(_OR_NULL)?|(VM_FAULT|FAULT_FLAG)_[A-Z_]+")
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))

PRIMITIVES = {path.stem: load_toml(path, Primitive) for path in PRIMITIVE_FILES}
LOCKS = {path.stem: load_toml(path, Lock) for path in LOCK_FILES}
SPECS: dict[str, Primitive | Lock] = {**PRIMITIVES, **LOCKS}

every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
every_lock = pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)


def rows(spec: Primitive | Lock) -> Iterator[Row]:
    """Every row that cites a commit."""
    yield from spec.api
    yield from spec.guard
    if isinstance(spec, Lock):
        for table in (spec.field, spec.convention, spec.parameter, spec.pair):
            yield from table


def citations(spec: Primitive | Lock) -> Iterator[Citation]:
    return (row.cite for row in rows(spec))


def expressions(spec: Primitive | Lock) -> Iterator[str]:
    """Every C expression in the file."""
    for row in rows(spec):
        for key in ("lock", "held", "when", "possible", "never"):
            if text := getattr(row, key, ""):
                yield text


def release(version: str) -> tuple[int, ...]:
    """``v2.6.37`` and ``v5.8`` as numbers that sort."""
    return tuple(int(part) for part in version.removeprefix("v").split("."))


def members(expression: str) -> set[str]:
    return set(re.findall(r"->\s*(\w+)", expression))


@every_spec
def test_a_file_is_named_after_what_it_describes(spec: Primitive | Lock) -> None:
    assert SPECS[spec.name] is spec
    assert spec.title


@every_spec
def test_citations_have_the_kernels_form(spec: Primitive | Lock) -> None:
    for cite in citations(spec):
        assert COMMIT.fullmatch(cite.commit), cite
        assert VERSION.fullmatch(cite.since), cite
        assert cite.subject == cite.subject.strip() != ""


def test_one_commit_has_one_subject_and_one_release() -> None:
    seen: dict[str, Citation] = {}
    for spec in SPECS.values():
        for cite in citations(spec):
            assert seen.setdefault(cite.commit, cite) == cite


@every_spec
def test_a_name_ends_after_it_began(spec: Primitive | Lock) -> None:
    for row in rows(spec):
        until, cite = getattr(row, "until", ""), row.cite
        if until:
            assert VERSION.fullmatch(until), row
            assert release(cite.since) < release(until), row


@every_spec
def test_a_name_has_one_row_for_each_form_of_its_arguments(spec: Primitive | Lock) -> None:
    """Only the last form may be without an end, and each finds the lock another way."""
    forms: dict[str, list[Api | Convention]] = {}
    for api in spec.api:
        forms.setdefault(api.name, []).append(api)
    if isinstance(spec, Lock):
        for convention in spec.convention:
            forms.setdefault(convention.function, []).append(convention)
    for name, found in forms.items():
        assert all(row.until for row in found[:-1]), name
        assert len({row.lock for row in found}) == len(found), name


def test_no_name_belongs_to_two_specs() -> None:
    names = Counter(name for spec in SPECS.values() for name in {api.name for api in spec.api})
    assert [name for name, count in names.items() if count > 1] == []
    guards = Counter(guard.name for spec in SPECS.values() for guard in spec.guard)
    assert [name for name, count in guards.items() if count > 1] == []


@every_spec
def test_names_are_identifiers(spec: Primitive | Lock) -> None:
    for name in [*(api.name for api in spec.api), *(guard.name for guard in spec.guard)]:
        assert IDENTIFIER.fullmatch(name)


@every_spec
def test_expressions_are_c_over_the_call(spec: Primitive | Lock) -> None:
    """They parse, and beside members they name only the call's result and arguments."""
    for text in expressions(spec):
        tree = PARSER.parse(f"int f(void) {{ return {text}; }}".encode())
        assert not tree.root_node.has_error, text
        words = set(IDENTIFIER.findall(text)) - members(text)
        assert all(EXPRESSION_WORD.fullmatch(word) for word in words), text


@every_spec
def test_what_may_fail_says_when_it_held(spec: Primitive | Lock) -> None:
    for api in spec.api:
        if api.op in {"try", "upgrade"}:
            assert "result" in api.held, api.name
        if api.op in {"release", "downgrade", "init"}:
            assert not api.held, api.name
        if re.search(r"_(killable|interruptible)(_|$)", api.name) and api.op == "acquire":
            assert api.held == "result == 0", api.name
        if api.op == "assert" and api.held not in {"", "0"}:
            assert "inside an assertion macro" in api.note, api.name


@every_spec
def test_modes_say_whether_readers_share(spec: Primitive | Lock) -> None:
    """Only initialising and asserting can leave the mode open."""
    for api in spec.api:
        handed_over = api.op == "release" and "ownership" in api.note
        assert api.op in {"init", "assert"} or api.mode != "any" or handed_over, api.name
        assert api.op != "init" or api.mode == "any", api.name
        assert api.op != "downgrade" or api.mode == "read", api.name
        assert api.op != "upgrade" or api.mode == "write", api.name
    assert all(guard.mode != "any" for guard in spec.guard)


@every_spec
def test_a_guard_that_can_fail_says_when_it_holds(spec: Primitive | Lock) -> None:
    for guard in spec.guard:
        can_fail = guard.name.endswith(("_try", "_intr", "_kill"))
        assert guard.held == ("result" if can_fail else ""), guard.name


@every_spec
def test_everything_taken_can_be_dropped(spec: Primitive | Lock) -> None:
    """Where a mode can be taken, a row releases it, or a relation says what ends it."""
    taken = {api.mode for api in spec.api if api.op in {"acquire", "try"}}
    dropped = {api.mode for api in spec.api if api.op == "release"}
    if isinstance(spec, Lock):
        dropped |= {relation.mode for relation in spec.relation if relation.kind == "ended-by"}
    assert taken <= dropped


@every_lock
def test_a_lock_rests_on_a_primitive_that_is_described(lock: Lock) -> None:
    assert lock.field
    for field in lock.field:
        assert field.primitive in PRIMITIVES, field
        assert PRIMITIVES[field.primitive].type, field
    assert all(field.until for field in lock.field[:-1])


@every_lock
def test_a_function_with_a_convention_names_an_object(lock: Lock) -> None:
    assert lock.object in lock.interest.structs
    assert lock.interest.names
    for convention in lock.convention:
        assert convention.when, convention
        assert convention.lock.startswith(("arg", "result")), convention
    for parameter in lock.parameter:
        assert parameter.type.endswith("*"), parameter
        assert "*param" in parameter.when, parameter
    for pair in lock.pair:
        assert pair.acquire != pair.release


@every_lock
def test_a_relation_is_to_another_lock_that_is_described(lock: Lock) -> None:
    for relation in lock.relation:
        assert relation.lock in LOCKS, relation
        assert relation.lock != lock.name


def test_listings_have_one_order_and_the_mmap_lock_comes_first() -> None:
    orders = sorted((lock.order, lock.name) for lock in LOCKS.values())
    assert [order for order, _ in orders] == list(range(1, len(LOCKS) + 1))
    assert orders[0][1] == "mmap_lock"


def test_rows_for_any_lock_have_no_type_and_only_assert() -> None:
    untyped = [spec for spec in PRIMITIVES.values() if not spec.type]
    assert [spec.name for spec in untyped] == ["any"]
    assert {api.op for api in untyped[0].api} == {"assert"}


@pytest.mark.parametrize("path", [*PRIMITIVE_FILES, *LOCK_FILES], ids=lambda path: path.stem)
def test_a_file_explains_itself_before_its_first_row(path: Path) -> None:
    header = path.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    assert len(header) >= 3
    assert all(line.startswith("#") for line in header)


def test_a_misspelt_key_is_reported_with_file_and_key(tmp_path: Path) -> None:
    text = (queries_dir() / "primitives" / "mutex.toml").read_text(encoding="utf-8")
    broken = tmp_path / "mutex.toml"
    broken.write_text(text.replace('op   = "init"', 'opp  = "init"', 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"mutex\.toml.*opp"):
        load_toml(broken, Primitive)
