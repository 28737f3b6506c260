"""Trains a model: the same as ``mmrsicc train``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
