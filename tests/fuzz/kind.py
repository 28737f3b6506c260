"""A kind of file that is fuzzed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzz.damage import damaged_bytes


def any_value(found, good, path):
    """Of a kind without checksums: nothing is known of what damage left."""


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        make: Writes a good file, and others that it needs, below a folder; returns its path.
        read: Reads it as the toolbox does.
        damage: Damages its bytes by a random number generator.
        check: Asserts that what was read of a damaged file is not wrong, as far as that can be
            known; gets it, what the good file gave, and the path.
    """

    make: Callable[[Path], Path]
    read: Callable[[Path], Any]
    damage: Callable[[bytes, Any], bytes] = damaged_bytes
    check: Callable[[Any, Any, Path], None] = any_value
