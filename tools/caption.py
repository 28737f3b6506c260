"""Captions image pairs: the same as ``mmrsicc caption``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["caption", *sys.argv[1:]])
