"""The tables of documented rules, as part of the map's schema."""

DOCUMENTED_SCHEMA = """
CREATE TABLE documented (
  -- A rule that the tree, or a user, states about locks.
  key INTEGER PRIMARY KEY,       -- means nothing outside this map
  kind TEXT NOT NULL,            -- field struct state function callback order text unread
  subject TEXT NOT NULL,         -- STRUCT.FIELD, STRUCT, a function, LOCK > LOCK
  read_needs TEXT NOT NULL,      -- for reading: mmap_lock read + (A write | B write) or ...
  write_needs TEXT NOT NULL,     -- for writing; also: init only, never, left to others, none
  call_needs TEXT NOT NULL,      -- of whoever calls
  source TEXT NOT NULL,          -- table list text comment kernel-doc annotation assert user
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  "column" INTEGER NOT NULL,
  words TEXT NOT NULL,           -- as they stand there, with single blanks
  verdict TEXT NOT NULL          -- the worst of agreement
) STRICT;
CREATE INDEX documented_by_subject ON documented (subject);

CREATE TABLE agreement (
  -- How the code agrees with one aspect of such a rule.
  rule INTEGER NOT NULL,         -- documented.key
  aspect TEXT NOT NULL,          -- read write call order state
  verdict TEXT NOT NULL,         -- contradicts, code weaker, code stronger, agrees,
                                 -- never accessed, not compared
  follow INTEGER NOT NULL,       -- places that follow it,
  broken INTEGER NOT NULL,       -- that break it,
  untold INTEGER NOT NULL,       -- of which it cannot be told
  note TEXT NOT NULL,
  PRIMARY KEY (rule, aspect)
) STRICT, WITHOUT ROWID;

CREATE TABLE disagreement (
  -- The first places that break it.
  rule INTEGER NOT NULL,         -- documented.key
  aspect TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  function TEXT NOT NULL,
  held TEXT NOT NULL,            -- what is held there: mmap_lock read, ?
  PRIMARY KEY (rule, aspect, ordinal)
) STRICT, WITHOUT ROWID;
"""
