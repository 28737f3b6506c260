"""Scores masks that need no model: the same as ``mmrsicc mask-baselines``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["mask-baselines", *sys.argv[1:]])
