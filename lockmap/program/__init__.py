"""What the functions say together: who defines a name, what type an expression has, who calls."""
