"""A progress bar beside sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def progress_bar(total: int | None, shown: bool = True) -> Iterator[Callable[[], None]]:
    """Progress bar on the standard error stream that leaves the standard output alone.

    Args:
        total: Pairs in all; None if that is not known.
        shown: Nothing is drawn if False.

    Yields:
        Function to call after each pair.
    """
    # Otherwise Rich would redirect the standard output, meant for a file or pipe, to its stream.
    bar = Progress(
        console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(), disable=not shown
    )
    with bar:
        task = bar.add_task("captioning", total=total)
        yield lambda: bar.advance(task)
