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


def check_days(before: str, after: str) -> tuple[str, str]:
    """Days as a user writes them.

    Raises:
        ValueError: One is not of the form 2018-01-31, or the first is the later one.
    """
    for text in (before, after):
        if not _is_day(text):
            raise ValueError(f"{text!r} is no day: write it as 2018-01-31")
    if before > after:
        raise ValueError(f"{before} is later than {after}: give the day of the first date first")
    return before, after


def _is_day(text: str) -> bool:
    # Later Pythons take other forms of ISO 8601 too.
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
