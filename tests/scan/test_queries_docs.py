"""``docs/reference/queries.md`` names every key of every data file, and no file is left out."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from lockmap.data import queries_dir
from lockmap.documented.data import (
    About,
    Annotation,
    Caution,
    DocumentedData,
    FunctionPhrases,
    Homonym,
    ListWords,
    LockWords,
    MemberPhrases,
    Modes,
    Other,
    SeveralWords,
    TableWords,
)
from lockmap.kerneldoc.words import LockWords as KernelLockWords
from lockmap.kerneldoc.words import Purpose, StructWords, Words
from lockmap.locks.catalog import Semantics
from lockmap.locks.spec import (
    Api,
    Citation,
    Convention,
    Field,
    Guard,
    Interest,
    Lock,
    Pair,
    Parameter,
    Primitive,
    Relation,
)
from lockmap.program.call_rules import Bracket, CallRules, Deferred, Hook, Ways
from lockmap.program.entry_data import Entry, EntryData
from lockmap.program.fault_data import Fault, FaultData
from lockmap.program.macro_data import MacroData, StandsFor
from lockmap.program.type_data import TypeData
from lockmap.rules.lifetime_data import Lifetimes, Owner
from lockmap.rules.thresholds import Thresholds
from lockmap.syntax.mask_data import Definer, MaskData
from lockmap.tree.selection import Selection

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "queries.md").read_text()
SAID = {word for span in re.findall(r"`([^`]+)`", PAGE) for word in re.findall(r"\w+", span)}

SCHEMAS: list[type[msgspec.Struct]] = [
    *(Api, Citation, Convention, Definer, Field, Guard, Interest, Lock, MaskData, Pair),
    *(Parameter, Primitive, Relation, Selection, Semantics, TypeData),
    *(Lifetimes, Owner, Thresholds),
    *(MacroData, StandsFor),
    *(KernelLockWords, Purpose, StructWords, Words),
    *(Fault, FaultData),
    *(Bracket, CallRules, Deferred, Hook, Ways, Entry, EntryData),
    *(About, Annotation, Caution, DocumentedData, FunctionPhrases, Homonym, ListWords, LockWords),
    *(MemberPhrases, Modes, Other, SeveralWords, TableWords),
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_key_is_documented(schema: type[msgspec.Struct]) -> None:
    assert {f.name for f in msgspec.structs.fields(schema)} - SAID == set()


def test_every_data_file_is_documented() -> None:
    headings = {m[1] for m in re.finditer(r"^## `(.*)`$", PAGE, re.MULTILINE)}
    folder = queries_dir()
    files = {p.relative_to(folder) for p in folder.rglob("*.*") if p.is_file()}
    there = {str(f) if f"{f}" in headings else f"{f.parent}/NAME{f.suffix}" for f in files}
    assert there == headings
