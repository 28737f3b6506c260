"""Compares two systems: the same as ``mmrsicc compare``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["compare", *sys.argv[1:]])
