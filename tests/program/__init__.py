"""What a function's expressions are, as a tree's declarations have it."""
