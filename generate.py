"""The door to a checkout: ``python generate.py COMMAND``; the same program as ``handouts``."""

if __name__ == "__main__":  # a batch's processes open this file too, and need none of the commands
    from handoutpress.cli import main

    main()
