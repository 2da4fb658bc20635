"""Locks as data, and what the code does with them: operations, states, summaries, sections."""
