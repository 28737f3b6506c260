"""A progress bar beside sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def progress_bar(total: int | None, shown: bool = True) -> Iterator[Callable[[], None]]:
    """A bar on the standard error stream, which does not touch what is printed meanwhile.

    Args:
        total: Pairs in all; None if that is not known.
        shown: Nothing is drawn if False.

    Yields:
        Function to call after each pair.
    """
    # Rich would print to the bar's stream what is meant for a file or a pipe.
    bar = Progress(
        console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(), disable=not shown
    )
    with bar:
        task = bar.add_task("captioning", total=total)
        yield lambda: bar.advance(task)
