"""Compares an exported model with PyTorch: the same as ``mmrsicc compare-onnx``."""

import sys

from mmrsicc.cli.main import main

if __name__ == "__main__":
    main(["compare-onnx", *sys.argv[1:]])
