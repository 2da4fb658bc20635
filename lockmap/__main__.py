"""``python -m lockmap``: the ``lockmap`` program."""

from lockmap.cli.main import main

if __name__ == "__main__":
    main()
