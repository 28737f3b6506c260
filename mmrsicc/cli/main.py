"""``mmrsicc COMMAND ...``: finds the command, reads its arguments and runs it."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from mmrsicc.cli.errors import errors_in_words
from mmrsicc.version import __version__

#: Commands by purpose. The module of ``compare-onnx`` is ``compare_onnx``.
GROUPS = {
    "use a model": ("caption", "detect", "scene", "merge", "batch", "demo", "info"),
    "train and evaluate": (
        *("train", "test", "eval", "compare", "report", "visualize", "retrieve"),
        *("baselines", "mask-baselines"),
    ),
    "data and configs": (
        *("download", "make-captions", "convert-mat", "webdataset", "synthcc", "verify"),
        *("statistics", "browse", "print-config"),
    ),
    "research": (
        *("ablate", "compare-methods", "flops", "leakage", "alignment", "calibrate-gate"),
        *("calibrate-change", "plot-loss-balance", "gpu-check"),
    ),
    "convert and export": ("publish", "convert", "convert-detector", "export", "compare-onnx"),
}

_INDENT = max(len(name) for names in GROUPS.values() for name in names) + 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command.

    Args:
        arguments: Those after the program's name; ``sys.argv``'s if None.

    Raises:
        SystemExit: If the arguments make no sense, or the command fails; with the message.
    """
    name, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name not in {name for names in GROUPS.values() for name in names}:
        # No command: print the overview, the version or an error about the name.
        _overview(name)
    # Otherwise the tokenizers of sentence encoders warn when data loaders fork.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    command = _load(name)
    args = _parser(name, command).parse_intermixed_args(rest)
    status = None
    with errors_in_words(args.debug):
        _set_allocator()
        status = command.run(args)
        sys.stdout.flush()
    if status:
        raise SystemExit(status)


def _set_allocator() -> None:
    """Saves page faults of training on a CPU; late, since the help imports nothing large."""
    from mmrsicc.utils.allocator import keep_freed_memory

    keep_freed_memory()


def _load(name: str) -> ModuleType:
    return import_module(f"mmrsicc.cli.{name.replace('-', '_')}")


def _parser(name: str, command: ModuleType) -> ArgumentParser:
    """Argument parser of a command; the rest of its module's docstring is the epilogue."""
    parser = ArgumentParser(
        prog=f"mmrsicc {name}",
        description=command.HELP,
        epilog=(command.__doc__ or "").partition("\n\n")[2],
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _overview(argument: str) -> None:
    """Ends the program with the overview, the version, or a message about a wrong name."""
    parser = ArgumentParser(
        prog="mmrsicc",
        usage="mmrsicc COMMAND ...",
        description="What changed between two images of one place, in a sentence",
        epilog=f"{_groups()}\n\nmmrsicc COMMAND --help tells more",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", help=SUPPRESS)
    parser.parse_args([argument])
    near = get_close_matches(argument, [name for names in GROUPS.values() for name in names])
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    parser.error(f"there is no command {argument!r}: {meant}mmrsicc --help lists them")


def _groups() -> str:
    """Commands and their descriptions, a paragraph per group."""
    paragraphs = []
    for title, names in GROUPS.items():
        lines = [f"  {name:{_INDENT}}{_load(name).HELP}" for name in names]
        paragraphs.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join(paragraphs)


if __name__ == "__main__":
    main()
