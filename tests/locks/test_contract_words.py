"""Contracts: what a function does to its caller's lock, and which results tell that it did."""

import pytest

from lockmap.locks.contract_words import contracts
from tests.locks.text_program import analysed

_FAULT = "int %s(struct vm_fault *vmf, int flags, struct mm_struct *mm, int *locked)\n{\n%s}\n"


def said(body: str) -> set[str]:
    """What the contracts of a function with this body say."""
    text = "struct vm_fault { int flags; };\n" + _FAULT % ("f", body)
    return {c.text for c in contracts(analysed(text)) if c.function == "f"}


DROPS = {
    "on every path": ("mmap_read_unlock(mm);\nreturn 0;\n", ""),
    "a flag of the result": (
        "int ret = 0;\nif (x) {\nmmap_read_unlock(mm);\nret |= VM_FAULT_RETRY;\n}\nreturn ret;\n",
        " when result has VM_FAULT_RETRY",
    ),
    "one of two flags of the result": (
        "if (x) {\nmmap_read_unlock(mm);\nreturn VM_FAULT_RETRY;\n}\n"
        "if (y) {\nmmap_read_unlock(mm);\nreturn VM_FAULT_COMPLETED;\n}\nreturn 0;\n",
        " when result has VM_FAULT_COMPLETED or VM_FAULT_RETRY",
    ),
    "an error": (
        "if (x) {\nmmap_read_unlock(mm);\nreturn -EAGAIN;\n}\nreturn y ? 1 : 0;\n",
        " when result < 0",
    ),
    "success": (
        "if (x)\nreturn -EAGAIN;\nmmap_read_unlock(mm);\nreturn 0;\n",
        " when result == 0",
    ),
    "a flag that is cleared": (
        "if (x) {\nmmap_read_unlock(mm);\n*locked = 0;\n}\nreturn g();\n",
        " when *locked becomes 0",
    ),
    "an argument": ("if (flags)\nmmap_read_unlock(mm);\nreturn g();\n", " when flags is not 0"),
    "a flag of an argument": (
        "if (vmf->flags & FAULT_FLAG_TRIED)\nmmap_read_unlock(mm);\nreturn g();\n",
        " when vmf->flags has FAULT_FLAG_TRIED",
    ),
    "a result and an argument": (
        "if (vmf->flags & FAULT_FLAG_NOWAIT)\nreturn VM_FAULT_RETRY;\n"
        "if (x) {\nmmap_read_unlock(mm);\nreturn VM_FAULT_RETRY;\n}\nreturn 0;\n",
        " when result has VM_FAULT_RETRY and vmf->flags lacks FAULT_FLAG_NOWAIT",
    ),
}


@pytest.mark.parametrize("what", DROPS)
def test_a_function_drops_its_callers_lock_and_its_result_tells(what: str) -> None:
    body, when = DROPS[what]
    assert said(body) == {f"drops the caller's lock of mm{when}"}


def test_what_nothing_tells_may_be() -> None:
    body = "if (x())\nmmap_read_unlock(mm);\nreturn g();\n"
    assert said(body) == {"may drop the caller's lock of mm"}


def test_what_is_told_in_part_may_be_only_then() -> None:
    body = "if (y())\nreturn 0;\nif (x())\nmmap_read_unlock(mm);\nreturn -EAGAIN;\n"
    assert said(body) == {"may drop the caller's lock of mm only when result < 0"}


RETURNS = {
    "a lock that could be taken": (
        "return mmap_read_lock_killable(mm);\n", " for read when result == 0"),
    "what was found": (
        "mmap_read_lock(mm);\nvma = find_vma(mm);\nif (vma)\nreturn vma;\n"
        "mmap_read_unlock(mm);\nreturn NULL;\n", " for read when result != 0"),
    "no error": (
        "mmap_write_lock(mm);\nvma = find_vma(mm);\nif (vma)\nreturn vma;\n"
        "mmap_write_unlock(mm);\nreturn ERR_PTR(-ENOENT);\n",
        " for write when result is not an error"),
    "a lock that was not held": (
        "if (!*locked) {\nmmap_read_lock(mm);\n*locked = 1;\n}\nreturn g();\n",
        " for read when *locked was 0"),
}  # fmt: skip


@pytest.mark.parametrize("what", RETURNS)
def test_a_function_returns_with_the_lock_held(what: str) -> None:
    body, when = RETURNS[what]
    body = "struct vm_area_struct *vma;\n" + body
    assert said(body) == {f"returns with mm held{when}"}


def test_a_function_takes_the_lock_and_drops_it_again() -> None:
    body = "mmap_write_lock(mm);\ng();\nmmap_write_unlock(mm);\nmmap_write_lock(mm);\n"
    body += "mmap_write_unlock(mm);\nreturn 0;\n"
    assert said(body) == {"takes the lock of mm for write and drops it again: lines 8, 11"}


def test_a_function_that_drops_and_retakes_takes_nothing_of_its_own() -> None:
    body = "mmap_read_unlock(mm);\ng();\nmmap_read_lock(mm);\nreturn 0;\n"
    assert said(body) == {"drops and retakes the caller's lock of mm for read"}
