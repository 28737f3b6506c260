"""Finds training images in test data: the same as ``mmrsicc leakage``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["leakage", *sys.argv[1:]])
