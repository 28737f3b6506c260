"""Prints a config with its bases merged: ``python tools/misc/print_config.py CONFIG``."""

import argparse

from mmengine import Config, DictAction


def main() -> None:
    parser = argparse.ArgumentParser(description="Print a whole config")
    parser.add_argument("config", help="config file")
    parser.add_argument("--cfg-options", nargs="+", action=DictAction, metavar="KEY=VALUE")
    args = parser.parse_args()
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    print(cfg.pretty_text)


if __name__ == "__main__":
    main()
