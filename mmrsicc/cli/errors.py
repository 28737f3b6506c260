"""Errors of commands, in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

#: Errors meant for the user. Any other type is a bug, here or in another package.
_FOR_USERS = (OSError, ValueError, RuntimeError)

_PACKAGE = Path(__file__).parents[1]


@contextmanager
def errors_in_words(debug: bool = False) -> Iterator[None]:
    """Ends the program with one line in place of a traceback.

    The message of an error that this package raises says file and fix, and stands alone. Of any
    other error the line names kind and place, so that nothing is swallowed.

    Args:
        debug: Let errors through, with their traceback.

    Raises:
        SystemExit: With the line, or with 130 after Ctrl-C.
    """
    try:
        yield
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed it; nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        if debug:
            raise
        print("stopped", file=sys.stderr)
        raise SystemExit(130) from None
    except Exception as error:
        if debug:
            raise
        raise SystemExit(in_words(error)) from error


def in_words(error: BaseException) -> str:
    """Message of an error, in one line unless the error's own text has more.

    It may quote a file, whose control characters do nothing to the terminal here.
    """
    from mmrsicc.utils.file_names import one_line

    return "\n".join(map(one_line, _message(error).split("\n")))


def _message(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        from mmrsicc.utils import extras

        return extras.in_words(error)
    if _opencv_lacks_library(error):
        return (
            f"OpenCV needs a system library ({error}): install the build without graphics, "
            "pip install --force-reinstall --no-deps opencv-python-headless"
        )
    told = next((e for e in _chain(error) if isinstance(e, _FOR_USERS) and _is_ours(e)), error)
    if isinstance(told, OSError) and told.filename is not None:
        return f"{told.filename}: {told.strerror}"
    if isinstance(told, OSError) or (isinstance(told, _FOR_USERS) and _is_ours(told)):
        return str(told)
    what = " ".join(str(told).split())
    return f"{type(told).__name__}: {what} ({_place(told)}); --debug shows the traceback"


def _opencv_lacks_library(error: BaseException) -> bool:
    """Whether OpenCV could not be imported because a library such as libxcb is missing."""
    frames = extract_tb(error.__traceback__)
    return (
        isinstance(error, ImportError)
        and "cannot open shared object file" in str(error)
        and any(Path(frame.filename).parent.name == "cv2" for frame in frames)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its causes: MMEngine's registries wrap the errors of this package."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _is_ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package made it, not a call such as ``int(text)``."""
    frames = extract_tb(error.__traceback__)
    if not frames or not Path(frames[-1].filename).is_relative_to(_PACKAGE):
        return False
    return (frames[-1].line or "").startswith("raise ")


def _place(error: BaseException) -> str:
    """The last line of this package that an error came through, or else where it was raised."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    frame = (ours or frames)[-1]
    return f"{Path(frame.filename).name}, line {frame.lineno}"
