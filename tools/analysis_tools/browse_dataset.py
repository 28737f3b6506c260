"""Draws pairs of a data set: the same as ``mmrsicc browse``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["browse", *sys.argv[1:]])
