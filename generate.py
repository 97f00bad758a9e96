"""The door to a checkout: ``python generate.py COMMAND``; the same program as ``handouts``."""

from handoutpress.cli import main

if __name__ == "__main__":
    main()
