"""Handout Press: printable patient handouts from YAML, in a clinic's brand, as tagged PDF.

Where things are, from the ground up; each stage imports only those above it in this list:

    errors, places      what can go wrong, and where things live
    reading             text -> frozen, checked models
    editing             what a careful editor stops before anyone prints it
    composing           models -> one HTML document (Jinja2 lives here and nowhere else)
    delivery            bytes -> a file, whole or not at all
    typesetting         HTML -> tagged PDF (WeasyPrint lives here and nowhere else)
    machine             what this computer lacks
    press               the one way through all of them
    cli                 the command line, the only part that prints

Importing this package, or any stage but typesetting, never imports WeasyPrint.
"""

__version__ = "0.1.0"
