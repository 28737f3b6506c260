"""Makes SynthCC: the same as ``mmrsicc synthcc``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["synthcc", *sys.argv[1:]])
