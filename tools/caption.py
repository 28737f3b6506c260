"""Says what changed: ``python tools/caption.py CONFIG CHECKPOINT BEFORE AFTER``.

The same as ``mmrsicc caption``, beside the other tools.
"""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["caption", *sys.argv[1:]])
