"""Scores a checkpoint: the same as ``mmrsicc test``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["test", *sys.argv[1:]])
