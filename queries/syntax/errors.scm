; Where the grammar lost its way: text it could not place, and tokens it had to invent.
(ERROR) @error
(MISSING) @error
