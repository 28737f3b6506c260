"""Draws what a caption rests on: the same as ``mmrsicc visualize``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["visualize", *sys.argv[1:]])
