"""Calls that may fault, and so take a lock that they do not name."""

from lockmap.program.fault_data import Fault, load_faults
from lockmap.program.faulting import faulting_calls
from tests.program.texts import linked

RULE = Fault(
    "mmap_lock", "read", "page fault", ("get_user", "copy"), ("faults_off",), ("faults_on",)
)


def told(text: str) -> list[tuple[str, int, str, bool]]:
    """(function, line, callee, whether quiet) of each in ``a.c``."""
    code = linked({"a.c": text}).code
    return [(code.name(f.item), f.line, f.callee, f.quiet) for f in faulting_calls(code, [RULE])]


def test_a_call_by_name_is_one_wherever_it_stands() -> None:
    text = "int f(int *p)\n{\n\tif (get_user(a, p))\n\t\treturn g(copy(p));\n\treturn h(p);\n}\n"
    assert told(text) == [("f", 3, "get_user", False), ("f", 4, "copy", False)]


def test_a_macro_makes_calls_too() -> None:
    assert told("#define FETCH(p) get_user(a, p)\n") == [("FETCH", 1, "get_user", False)]


def test_what_they_call_themselves_is_not_listed() -> None:
    assert told("int copy(int *p)\n{\n\treturn get_user(a, p);\n}\n") == []


def test_a_parameter_of_the_name_is_another_function() -> None:
    assert told("int f(int (*copy)(int))\n{\n\treturn copy(1);\n}\n") == []


def test_where_faults_are_turned_off_it_is_quiet() -> None:
    text = (
        "int f(int *p)\n{\n\tcopy(p);\n\tfaults_off();\n\tcopy(p);\n\tfaults_on();\n\tcopy(p);\n}\n"
    )
    assert told(text) == [("f", 3, "copy", False), ("f", 5, "copy", True), ("f", 7, "copy", False)]


def test_the_data_names_the_plain_accesses() -> None:
    (fault,) = load_faults().of("mmap_lock")
    assert (fault.mode, load_faults().of("vma_lock")) == ("read", ())
    assert {"copy_from_user", "put_user", "might_fault"} <= {*fault.functions}
