"""What each function says, taken alone: its control flow, calls, accesses; and the cache of it."""
