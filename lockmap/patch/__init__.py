"""Patches: from what a user gives to a tree with the patch applied, and which lines it changed."""
