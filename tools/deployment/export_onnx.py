"""Exports a captioner to ONNX: the same as ``mmrsicc export``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["export", *sys.argv[1:]])
