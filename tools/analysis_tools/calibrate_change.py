"""Fits a captioner's change decision: the same as ``mmrsicc calibrate-change``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["calibrate-change", *sys.argv[1:]])
