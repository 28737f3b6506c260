"""Compares a detector's features of two data sets: the same as ``mmrsicc alignment``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["alignment", *sys.argv[1:]])
