"""Downloads a public data set: the same as ``mmrsicc download``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["download", *sys.argv[1:]])
