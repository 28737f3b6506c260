"""Calibrates TGCL's soft gate: the same as ``mmrsicc calibrate-gate``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["calibrate-gate", *sys.argv[1:]])
