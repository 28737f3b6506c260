"""Prints a whole config: the same as ``mmrsicc print-config``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["print-config", *sys.argv[1:]])
