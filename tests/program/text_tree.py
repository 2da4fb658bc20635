"""The field accesses of C texts, without a tree."""

from __future__ import annotations

import re

from lockmap.facts.model import Function
from lockmap.facts.read import read_item
from lockmap.facts.triage import index_text
from lockmap.locks.paths import object_path
from lockmap.program.access import Accesses
from lockmap.program.accesses import accesses
from lockmap.program.index import build_index
from lockmap.program.sources import Sources
from lockmap.program.types import Types
from lockmap.syntax.items import items
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks

HEADER = """
typedef struct { int counter; } atomic_t;
struct list_head { struct list_head *next, *prev; };
struct ops { int (*fault)(struct vm *v); void (*open)(struct area *a); };
struct vm {
	struct { int users; unsigned long start, brk; };
	atomic_t count;
	struct { int depth; struct list_head link; } tree;
	unsigned long auxv[4];
	struct list_head list;
	struct area *areas;
	union { int one; long other; };
};
struct area {
	struct vm *vm;
	unsigned long flags, end;
	const struct ops *ops;
	void *private;
	struct area *next;
};
struct task { struct vm *vm; struct { struct vm *active; } state[2]; };
extern struct vm init_vm;
struct area *find_area(struct vm *v, unsigned long at);
static inline struct area *next_area(struct area *a)
{
	return a->next;
}
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) do { *(volatile typeof(x) *)&(x) = (v); } while (0)
#define container_of(ptr, type, member) ({ \\
	void *__p = (void *)(ptr); \\
	((type *)(__p - offsetof(type, member))); })
#define offsetof(t, m) __builtin_offsetof(t, m)
#define swap(a, b) do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define PRIVATE(p, f) ((p)->f)
#define VM_STATE(name, from) struct vm name = { .areas = from }
#define INIT_LIST(l) do { (l)->next = (l); } while (0)
"""


def functions(text: str) -> dict[str, Function]:
    """The functions of *text* by name."""
    clean = blank(text.encode())
    found = [read_item(clean, i, load_masks()) for i in items(clean) if i.kind == "function"]
    return {f.name: f for f in found if f is not None}


def read(text: str, **files: str) -> Accesses:
    """The accesses of the only function of ``a.c``; *files* are ``include/NAME.h``.

    ``include/all.h`` is HEADER.
    """
    texts = {"a.c": text, "include/all.h": HEADER}
    texts.update({f"include/{name}.h": content for name, content in files.items()})
    entries = []
    for path, content in sorted(texts.items()):
        found = index_text(content.encode())
        entries.append((path, found.mentions.tobytes(), found.definitions.tobytes()))
    sources = Sources(lambda path: texts[path].encode(), build_index(entries))
    (function,) = functions(text).values()
    return accesses(
        function, "a.c", Types(sources, {}), lambda e: object_path(e, {}, frozenset({"READ_ONCE"}))
    )


def told(text: str, **files: str) -> list[str]:
    """``struct.field mode`` of each access in a function with this body, in order.

    The function has parameters ``struct area *a, struct vm *v, struct task *t, int n``.
    """
    whole = f"int f(struct area *a, struct vm *v, struct task *t, int n)\n{{\n{text}\n}}\n"
    found = read(whole, **files)
    unresolved = [f"{u.field} ? {u.cause}" for u in found.unresolved]
    return [f"{a.struct}.{a.field} {a.mode}" for a in found.accesses] + unresolved


def words(text: str) -> list[str]:
    """The parts of an expectation written as ``a.b read, c.d write``."""
    return [part for part in re.split(r",\s*", text.strip()) if part]
