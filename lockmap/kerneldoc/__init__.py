"""The map in the kernel's own documentation style: reStructuredText, and Context: lines."""
