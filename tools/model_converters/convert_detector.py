"""Converts a change detector that authors released: the same as ``mmrsicc convert-detector``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["convert-detector", *sys.argv[1:]])
