"""Scores baselines that need no model: the same as ``mmrsicc baselines``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["baselines", *sys.argv[1:]])
