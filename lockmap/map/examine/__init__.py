"""What a map says of its own quality: the checks of ``lockmap doctor``.

Only counts what the scan wrote down; nothing is analysed anew.
"""
