"""Scores files of predicted sentences: the same as ``mmrsicc eval``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["eval", *sys.argv[1:]])
