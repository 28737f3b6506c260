"""Trains and tests the arms of a study: the same as ``mmrsicc ablate``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["ablate", *sys.argv[1:]])
