"""Silencing of other packages' warnings."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from mmengine.logging import MMLogger

from mmrsicc.utils.extras import import_extra


def import_quietly(name: str) -> None:
    """Imports a module without what it prints and warns of on the way.

    MMPretrain prints that it has not found OneDL, and MMCV warns that it was built without its
    compiled ops; nothing here needs either.

    Raises:
        ModuleNotFoundError: It is not installed; the message says how to install it.
    """
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import_extra(name)


@contextmanager
def warnings_only() -> Iterator[None]:
    """Keeps MMEngine's log to warnings, such as while a config is read."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
