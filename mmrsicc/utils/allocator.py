"""Settings of the C library's memory allocator for training on a CPU."""

import ctypes
import os
import sys

#: Parameters of glibc's ``mallopt``, from its malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

#: The maximum in glibc.
_LARGEST_THRESHOLD = 32 * 2**20


def keep_freed_memory() -> bool:
    """Makes glibc keep freed memory for the activations of the next step.

    By default it gives large blocks back to the system, which must clear every page again when the
    next step asks for it. Blocks above 32 MiB are given back all the same. Does nothing where the C
    library is another, or where the user set its allocator (``MALLOC_*``, ``GLIBC_TUNABLES``).

    Returns:
        Whether it was set.
    """
    own = [name for name in os.environ if name.startswith("MALLOC_")]
    if sys.platform != "linux" or own or "malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    return bool(
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_THRESHOLD)
        and library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    )
