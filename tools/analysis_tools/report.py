"""Writes a run on one HTML page: the same as ``mmrsicc report``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
