"""One scan: from a tree to a map, in parallel, with a cache."""
