"""A tree of a few C texts, outlined and joined."""

from collections.abc import Callable, Mapping

from lockmap.facts.outlined import Packer
from lockmap.program.code import Code, join
from lockmap.syntax.outline import Outliner

OUTLINER = Outliner()


def tree(texts: Mapping[str, str]) -> Code:
    """The code of files by path."""
    packer = Packer(OUTLINER)
    for path in sorted(texts):
        packer.add(OUTLINER.index(texts[path].encode(), refers=True).clean)
    return join(sorted(texts), packer.packed())


def reader(texts: Mapping[str, str]) -> Callable[[str], bytes]:
    """How the bytes of a file of *texts* are read."""
    return lambda path: texts[path].encode()
