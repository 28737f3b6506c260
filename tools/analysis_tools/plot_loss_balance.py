"""Draws the terms of the loss over a run: the same as ``mmrsicc plot-loss-balance``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["plot-loss-balance", *sys.argv[1:]])
