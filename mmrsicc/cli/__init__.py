"""The ``mmrsicc`` command: a module per command; ``main``, ``arguments`` and ``errors`` serve them.

A command has ``HELP``, a line of what it does, ``add_arguments(parser)`` and ``run(args)``; what
its docstring says after the first line stands below its ``--help``. A module imports at its top
only what its arguments need, and the rest in the functions, so that ``--help`` comes at once and
the core never needs what only some commands use. ``run`` raises OSError or ValueError with the one
line for the user to read; an optional package is simply imported, and ``errors`` says how to
install it if it is missing. Its return value, if there is one, is the exit status.
"""
