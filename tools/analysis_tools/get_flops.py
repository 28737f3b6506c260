"""Counts parameters and FLOPs: the same as ``mmrsicc flops``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["flops", *sys.argv[1:]])
