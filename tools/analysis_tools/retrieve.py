"""Searches pairs by a sentence: the same as ``mmrsicc retrieve``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["retrieve", *sys.argv[1:]])
