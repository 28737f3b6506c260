"""Converts a checkpoint that authors released: the same as ``mmrsicc convert``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["convert", *sys.argv[1:]])
