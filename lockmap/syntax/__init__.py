"""From bytes to trees: chunks, same-length masks, parsing, tree-sitter queries."""
