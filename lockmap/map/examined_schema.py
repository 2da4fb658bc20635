"""The tables by which a map examines itself, as part of its schema."""

EXAMINED_SCHEMA = """
CREATE TABLE entry_kind (
  -- Kinds of entry points: queries/entries.toml.
  key INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  under TEXT NOT NULL            -- never may: whether such a function runs under its caller's lock
) STRICT;

CREATE TABLE entry_point (
  -- A function that is entered from outside: a system call, an interrupt handler ...
  function INTEGER NOT NULL,     -- function.key
  kind INTEGER NOT NULL,         -- entry_kind.key
  path INTEGER NOT NULL,         -- path.key: where that is said
  line INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_point_by_function ON entry_point (function);

CREATE TABLE reach (
  -- How many functions may run under a lock, by the shortest way to each.
  lock TEXT NOT NULL,
  mode TEXT NOT NULL,            -- read write
  distance INTEGER NOT NULL,     -- calls from the function that takes it
  via INTEGER NOT NULL,          -- as in context
  edge INTEGER NOT NULL,         -- last call: 0 by name, 1 through a member, 2 handed on
  functions INTEGER NOT NULL
) STRICT;

CREATE TABLE reach_edge (
  -- How many of them have a call of this kind on their shortest way: the first few hundred.
  lock TEXT NOT NULL,
  mode TEXT NOT NULL,
  how INTEGER NOT NULL,          -- how.key: through which member, or handed to what
  functions INTEGER NOT NULL,
  entries INTEGER NOT NULL       -- of these, entry points that are never entered under a lock
) STRICT;

CREATE TABLE call_gap (
  -- Calls by what is known of them.
  cause TEXT NOT NULL,           -- resolved, or why it is not known what is called
  folder TEXT NOT NULL,
  calls INTEGER NOT NULL
) STRICT;

CREATE TABLE refused (
  -- The nearest call, under a lock, of a function that takes the lock itself.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key
  mode TEXT NOT NULL,            -- how the caller holds it: read write
  distance INTEGER NOT NULL,     -- calls from the function that takes it
  caller INTEGER NOT NULL,       -- function.key
  line INTEGER NOT NULL,         -- of the caller
  how INTEGER NOT NULL           -- how.key
) STRICT;

CREATE TABLE asserted (
  -- A function that says that its caller holds a lock.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key
  line INTEGER NOT NULL,
  mode TEXT NOT NULL,            -- read write any
  always INTEGER NOT NULL        -- 1: every way through the function comes there
) STRICT;

CREATE TABLE bare (
  -- Calls by which such a function is reached with the lock not held, from the first on.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key: the one that says so
  ordinal INTEGER NOT NULL,
  caller INTEGER NOT NULL,       -- function.key
  line INTEGER NOT NULL          -- of the caller
) STRICT;

CREATE TABLE need (
  -- A function that needs a lock of its caller because it calls another that does.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key
  callee INTEGER NOT NULL,       -- function.key
  line INTEGER NOT NULL          -- of the call
) STRICT;
CREATE INDEX need_by_function ON need (function);

CREATE TABLE fault (
  -- A call that may fault, and so take a lock that it does not name.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key: who makes it
  line INTEGER NOT NULL,
  callee TEXT NOT NULL,          -- what accesses user memory
  mode TEXT NOT NULL,            -- how the lock is taken: read write
  quiet INTEGER NOT NULL         -- 1: faults are turned off there, it fails instead
) STRICT;
CREATE INDEX fault_by_function ON fault (function);
"""
