"""lockmap against the answers in the miniature kernel's own comments."""
