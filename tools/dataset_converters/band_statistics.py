"""Computes statistics of bands: the same as ``mmrsicc statistics``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["statistics", *sys.argv[1:]])
