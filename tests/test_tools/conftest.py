"""The benchmarks run on the commands' tiny data set."""

from test_cli.conftest import tiny_config

__all__ = ["tiny_config"]
