"""Kernel trees: obtaining them, their version, their files, from a folder or from git."""
