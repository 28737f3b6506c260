"""Trains and tests methods with one budget: the same as ``mmrsicc compare-methods``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["compare-methods", *sys.argv[1:]])
