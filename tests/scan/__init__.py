"""Scans of small trees: what comes out, and what hostile surroundings do to it."""
