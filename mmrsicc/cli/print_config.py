"""``mmrsicc print-config``: a config with its bases merged."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from mmrsicc.cli.arguments import add_cfg_options

HELP = "print a whole config, its bases and options merged"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds config and options."""
    parser.add_argument("config", help="config file")
    add_cfg_options(parser, "train_cfg.max_epochs=10")


def run(args: Namespace) -> None:
    """Prints the config."""
    from mmrsicc.utils.config_file import read_config

    print(read_config(args.config, args.cfg_options).pretty_text)
