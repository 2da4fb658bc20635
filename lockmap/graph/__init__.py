"""The map as a graph of locks, sections, functions, members, fields and files."""
