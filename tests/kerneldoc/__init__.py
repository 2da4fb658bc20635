"""The map in the kernel's own documentation style."""
