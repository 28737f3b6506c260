"""``mmrsicc COMMAND ...``: finds the sub-command and turns its errors into words."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import mmrsicc.cli


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a sub-command.

    Args:
        arguments: Those after the program's name; ``sys.argv``'s if None.

    Raises:
        SystemExit: If the arguments make no sense, or the sub-command fails with an error that its
            user can mend; with the message.
    """
    name, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    commands = _commands()
    if name not in commands:
        # Only the overview, the version and the message about a wrong name come from here.
        _overview(commands).parse_args([name])
    command = _load(name)
    parser = ArgumentParser(prog=f"mmrsicc {name}", description=command.HELP)
    command.add_arguments(parser)
    args = parser.parse_intermixed_args(rest)
    try:
        command.run(args)
    except ModuleNotFoundError as error:
        raise SystemExit(_missing(error)) from error
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error


def _commands() -> list[str]:
    return sorted(
        m.name.replace("_", "-") for m in iter_modules(mmrsicc.cli.__path__) if m.name != "main"
    )


def _load(name: str) -> ModuleType:
    return import_module(f"mmrsicc.cli.{name.replace('-', '_')}")


def _overview(commands: Sequence[str]) -> ArgumentParser:
    parser = ArgumentParser(
        prog="mmrsicc",
        description="What changed between two images of one place, in a sentence",
        epilog="mmrsicc COMMAND --help tells more",
    )
    parser.add_argument("--version", action="version", version=mmrsicc.__version__)
    chosen = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in commands:
        chosen.add_parser(name, help=_load(name).HELP)
    return parser


def _missing(error: ModuleNotFoundError) -> str:
    from mmrsicc.cli.info import OPTIONAL

    mend = OPTIONAL.get((error.name or "").split(".")[0])
    return f"{error}; mend it with\n    {mend}" if mend else str(error)


if __name__ == "__main__":
    main()
