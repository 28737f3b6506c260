"""Lists every fault of a data set: the same as ``mmrsicc verify``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["verify", *sys.argv[1:]])
