"""Checks captioners on a GPU: the same as ``mmrsicc gpu-check``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["gpu-check", *sys.argv[1:]])
