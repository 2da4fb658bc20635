"""The map's tables, documented in the SQL itself: ``.schema`` in the sqlite3 shell shows it.

A map is one SQLite file, written once and never changed in place.  A map of another
``SCHEMA_VERSION`` is refused, not migrated: a scan makes a new one in seconds.
"""

from __future__ import annotations

import sqlite3
from functools import cache

from lockmap.map.context_schema import CONTEXT_SCHEMA
from lockmap.map.examined_schema import EXAMINED_SCHEMA

SCHEMA_VERSION = 5
"""``PRAGMA user_version``; raised with every change of the SQL below."""
APPLICATION_ID = 0x4C4F434B
"""``PRAGMA application_id``: the letters LOCK."""
OLDEST_SQLITE = (3, 37, 0)
"""First SQLite with STRICT tables."""

# A comment must stand inside the statement, or SQLite does not keep it.
SCHEMA = """
CREATE TABLE meta (
  -- What was scanned, by what, and the counts of the summary.  Keys: docs/reference/map.md.
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
  -- Files with functions of interest, as they were when scanned.
  path TEXT NOT NULL,            -- relative to the tree root, like every path here
  size INTEGER NOT NULL,         -- bytes
  stamp TEXT NOT NULL            -- changes when the content does; empty = unknown
) STRICT;
CREATE INDEX file_by_path ON file (path);

CREATE TABLE site (
  -- One lock operation in the source.
  file TEXT NOT NULL,
  line INTEGER NOT NULL,         -- lines and columns count from 1
  "column" INTEGER NOT NULL,
  function TEXT NOT NULL,        -- enclosing function or macro; sys_NAME for SYSCALL_DEFINEn(NAME)
  lock TEXT NOT NULL,            -- name of the lock's specification
  op TEXT NOT NULL,              -- acquire try release downgrade upgrade assert init
  mode TEXT NOT NULL,            -- read write any
  api TEXT NOT NULL,             -- the function, macro or guard named here
  argument TEXT NOT NULL,        -- what names the object, as written
  direct INTEGER NOT NULL,       -- 0: a called function acquires or releases for its caller
  definition INTEGER NOT NULL,   -- 1: inside the definition of the lock API itself
  condition TEXT NOT NULL        -- preprocessor condition around it; empty = none
) STRICT;
CREATE INDEX site_by_file ON site (file, line);
CREATE INDEX site_by_function ON site (function);

CREATE TABLE section (
  -- One critical section: an acquisition and everything that ends it.
  key INTEGER PRIMARY KEY,       -- what the section_* tables refer to; only within this map
  id TEXT NOT NULL,              -- FILE:LINE:COLUMN:LOCK of the acquisition
  file TEXT NOT NULL,
  function TEXT NOT NULL,
  lock TEXT NOT NULL,
  object TEXT NOT NULL,          -- whose lock it is, as a C expression: current->mm
  mode TEXT NOT NULL,            -- read write any
  acquire_line INTEGER NOT NULL,
  paths TEXT NOT NULL,           -- balanced leaks unknown
  contract TEXT NOT NULL,        -- why it may leave the function held: empty returns-held paired
  calls INTEGER NOT NULL,        -- calls made while it is open in this function
  accesses INTEGER NOT NULL      -- member accesses made while it is open in this function
) STRICT;
CREATE INDEX section_by_file ON section (file, acquire_line);
CREATE INDEX section_by_function ON section (function);

CREATE TABLE section_release (
  -- Lines that end a section, calls that drop the lock included.
  section INTEGER NOT NULL,      -- section.key
  ordinal INTEGER NOT NULL,      -- 0, 1, ... in the order listed
  line INTEGER NOT NULL,
  PRIMARY KEY (section, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE section_mode_change (
  -- Downgrades and upgrades inside a section.
  section INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  line INTEGER NOT NULL,
  mode TEXT NOT NULL,            -- the mode from here on
  PRIMARY KEY (section, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE section_cost (
  -- What makes a section long.
  section INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  kind TEXT NOT NULL,            -- loop, sleeps and the like
  PRIMARY KEY (section, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE section_witness (
  -- For leaks and unknown: the lines of one path, acquisition to exit.
  section INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  line INTEGER NOT NULL,
  PRIMARY KEY (section, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE contract (
  -- What a function does to a lock its caller sees.
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  function TEXT NOT NULL,
  lock TEXT NOT NULL,
  text TEXT NOT NULL             -- in words: returns with mm held for read when result != 0
) STRICT;
CREATE INDEX contract_by_file ON contract (file, line);
CREATE INDEX contract_by_function ON contract (function);

CREATE TABLE span (
  -- A function of interest: where it stands and whether it was read whole.
  file TEXT NOT NULL,
  function TEXT NOT NULL,
  line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  whole INTEGER NOT NULL         -- 0: a part of it could not be parsed, see diagnostic
) STRICT;
CREATE INDEX span_by_file ON span (file, line);
CREATE INDEX span_by_function ON span (function);

CREATE TABLE line_state (
  -- The lock state before each line of a function; a run of equal lines is one row.
  file TEXT NOT NULL,
  function TEXT NOT NULL,
  lock TEXT NOT NULL,
  first_line INTEGER NOT NULL,
  last_line INTEGER NOT NULL,    -- inclusive
  state TEXT NOT NULL            -- - -? R W R/W H R? W? R/W? c x: docs/reference/map.md
) STRICT;
CREATE INDEX line_state_by_file ON line_state (file, first_line);

CREATE TABLE word (
  -- Texts that the columns of access refer to, in order: a kernel's accesses repeat few of them.
  key INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE lockset (
  -- The locks held at some accesses: one row a lock.
  lockset INTEGER NOT NULL,      -- access.lockset
  ordinal INTEGER NOT NULL,      -- 0, 1, ... in the order of all locks, the default one first
  lock TEXT NOT NULL,
  held TEXT NOT NULL,            -- none read write either unknown
  PRIMARY KEY (lockset, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE access (
  -- One access of a field of a struct, in a function of interest.
  file INTEGER NOT NULL,         -- word.key, as function, struct, field and object
  line INTEGER NOT NULL,
  "column" INTEGER NOT NULL,     -- of the field's name
  function INTEGER NOT NULL,
  struct INTEGER NOT NULL,       -- the empty word: not told, see cause
  field INTEGER NOT NULL,
  access TEXT NOT NULL,          -- read write readwrite address
  phase TEXT NOT NULL,           -- normal; init, teardown: of an object that is not shared
  object INTEGER NOT NULL,       -- whose field it is, as a path: current.mm
  lockset INTEGER NOT NULL,      -- lockset.lockset: what is held there
  violates TEXT NOT NULL,        -- inferred rules that it breaks: empty read write, read write
  cause TEXT NOT NULL            -- why the struct was not told; empty = it was
) STRICT;
CREATE INDEX access_by_file ON access (file, line);
CREATE INDEX access_by_field ON access (struct, field);
CREATE INDEX access_by_function ON access (function);

CREATE TABLE rule (
  -- Under which locks a field is read and written, as accesses in phase normal show.
  struct TEXT NOT NULL,
  field TEXT NOT NULL,
  read_rule TEXT NOT NULL,       -- none, unclear, or as: mmap_lock write + vma_lock write
  write_rule TEXT NOT NULL,
  documented TEXT NOT NULL,      -- what the kernel's documentation says; empty = nothing known
  agreement TEXT NOT NULL,       -- how that agrees; empty = nothing known
  PRIMARY KEY (struct, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_support (
  -- How far the rule of one kind of access is followed.
  struct TEXT NOT NULL,
  field TEXT NOT NULL,
  access TEXT NOT NULL,          -- read write; address: in the place of write, where that is all
  follow INTEGER NOT NULL,       -- accesses that follow the rule,
  told INTEGER NOT NULL,         -- of so many of which it can be told,
  total INTEGER NOT NULL,        -- of so many
  PRIMARY KEY (struct, field, access)
) STRICT, WITHOUT ROWID;

CREATE TABLE diagnostic (
  -- Something that could not be read, typed, resolved or trusted.
  file TEXT NOT NULL,
  line INTEGER NOT NULL,         -- 0: the file as a whole
  function TEXT NOT NULL,        -- empty: outside any
  kind TEXT NOT NULL,            -- slug: parse-error unreadable not-utf8 unknown-owner ...
  message TEXT NOT NULL
) STRICT;
CREATE INDEX diagnostic_by_file ON diagnostic (file, line);
"""


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database a map without rows."""
    connection.executescript(SCHEMA)
    connection.executescript(CONTEXT_SCHEMA)
    connection.executescript(EXAMINED_SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@cache
def definitions() -> frozenset[tuple[str, str, str]]:
    """Type, name and SQL of every table and index, as ``sqlite_schema`` holds them."""
    connection = sqlite3.connect(":memory:")
    try:
        create(connection)
        return frozenset(connection.execute(LIST_DEFINITIONS))
    finally:
        connection.close()


LIST_DEFINITIONS = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
"""Automatic indices have no SQL of their own."""
