"""When the images of a scene were taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

#: Tags that tell the day, and how they write it: GDAL's IMAGERY domain, then TIFF's own.
_TAGS = {"ACQUISITIONDATETIME": "%Y-%m-%d", "TIFFTAG_DATETIME": "%Y:%m:%d"}

_LENGTH = len("2018-01-31")


def day_of(tags: Mapping[str, str]) -> str | None:
    """The day that a raster's tags tell, as 2018-01-31; None if they tell none."""
    for name, pattern in _TAGS.items():
        try:
            return datetime.strptime(tags[name][:_LENGTH], pattern).date().isoformat()
        except (KeyError, ValueError):
            continue
    return None


def check_day(text: str) -> str:
    """A day as a user writes it.

    Raises:
        ValueError: It is not of the form 2018-01-31.
    """
    try:
        return date.fromisoformat(text[:_LENGTH]).isoformat()
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: write it as 2018-01-31") from error
