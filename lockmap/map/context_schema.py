"""The tables about functions, as part of the map's schema."""

CONTEXT_SCHEMA = """
CREATE TABLE path (
  -- Files that the tables below refer to.
  key INTEGER PRIMARY KEY,
  path TEXT NOT NULL
) STRICT;

CREATE TABLE function (
  -- Functions and function-like macros that the tables below refer to.
  key INTEGER PRIMARY KEY,
  path INTEGER NOT NULL,         -- path.key
  line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,     -- 0: no definition was found; line: where it is first named
  name TEXT NOT NULL             -- sys_NAME for SYSCALL_DEFINEn(NAME)
) STRICT;
CREATE INDEX function_by_name ON function (name);
CREATE INDEX function_by_path ON function (path);

CREATE TABLE how (
  -- How a function is called.
  key INTEGER PRIMARY KEY,
  text TEXT NOT NULL             -- call; callback STRUCT.FIELD; handed to FUNCTION
) STRICT;

CREATE TABLE context (
  -- A function that may run, or must be run, under a lock.  Following *_from from row to row
  -- leads along the lightest way back to the function that takes the lock.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key
  must INTEGER NOT NULL,         -- 0 none, 1 read, 2 write, 3 either of them
  read_distance INTEGER NOT NULL, -- calls from the function that takes it for read; -1: never
  read_from INTEGER NOT NULL,    -- function.key of the caller
  read_line INTEGER NOT NULL,    -- the line of the caller
  read_how INTEGER NOT NULL,     -- how.key
  read_via INTEGER NOT NULL,     -- 0 direct, 1 call, 2 callback: over the whole way
  write_distance INTEGER NOT NULL,
  write_from INTEGER NOT NULL,
  write_line INTEGER NOT NULL,
  write_how INTEGER NOT NULL,
  write_via INTEGER NOT NULL,
  PRIMARY KEY (lock, function)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  -- Members of structs in which functions are put.
  key INTEGER PRIMARY KEY,
  struct TEXT NOT NULL,
  field TEXT NOT NULL
) STRICT;
CREATE INDEX member_by_field ON member (field, struct);

CREATE TABLE callback (
  -- A function that is put into a member of a struct, and where.
  member INTEGER NOT NULL,       -- member.key
  function INTEGER NOT NULL,     -- function.key
  path INTEGER NOT NULL,
  line INTEGER NOT NULL
) STRICT;
CREATE INDEX callback_by_member ON callback (member);
CREATE INDEX callback_by_function ON callback (function);

CREATE TABLE wait (
  -- Functions that take a lock themselves: entered with it held they would wait for ever.
  lock TEXT NOT NULL,
  function INTEGER NOT NULL,     -- function.key
  line INTEGER NOT NULL          -- where they take it
) STRICT;
"""
