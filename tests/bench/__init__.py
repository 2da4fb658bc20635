"""The benchmark: lockmap, universal-ctags and cscope on the same tree, in turn."""
