"""A compiled pass over what an outline points at: declared types, and chains of members."""
