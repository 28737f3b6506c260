"""Publishes a model as one small file: the same as ``mmrsicc publish``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["publish", *sys.argv[1:]])
