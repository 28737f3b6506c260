"""The ``mmrsicc`` command: every module here but ``main`` is a sub-command.

A sub-command has ``HELP``, a line of what it does, ``add_arguments(parser)`` and ``run(args)``.
It imports at its top only what its arguments need, and the rest in ``run``, so that ``--help``
comes at once. ``run`` raises OSError or ValueError with the message that the user shall read; an
optional package is simply imported, and ``main`` says how to install it if it is missing.
"""
