"""Dates of a scene's images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

#: Both days, each None where it is not known.
Dates = tuple[str | None, str | None]

#: Metadata tags with the date of acquisition, and their formats. TIFFTAG_DATETIME is left out: it
#: is the date on which the file was written.
_TAGS = {
    "ACQUISITIONDATETIME": "%Y-%m-%d",  # GDAL's IMAGERY domain
    "ACQUISITION_DATE": "%Y-%m-%d",
    "DATE_ACQUIRED": "%Y-%m-%d",  # Landsat
    "DATATAKE_1_DATATAKE_SENSING_START": "%Y-%m-%d",  # Sentinel-2, as GDAL reads it
    "PRODUCT_START_TIME": "%Y-%m-%d",  # likewise
    "RANGEBEGINNINGDATE": "%Y-%m-%d",  # MODIS
    "NITF_IDATIM": "%Y%m%d",
    "EXIF_DATETIMEORIGINAL": "%Y:%m:%d",
}


def day_of(datasets: Sequence[Any]) -> str | None:
    """The day on which a date's files say that they were taken, as 2018-01-31.

    Args:
        datasets: Open files of one date.

    Returns:
        The day; None where no file tells, or files tell different ones.
    """
    days = {_day_of_file(dataset) for dataset in datasets} - {None}
    return days.pop() if len(days) == 1 else None


def _day_of_file(dataset: Any) -> str | None:
    told = {**dataset.tags(), **dataset.tags(ns="IMAGERY")}
    tags = {name.upper(): text for name, text in told.items()}
    for name, pattern in _TAGS.items():
        length = 8 if pattern == "%Y%m%d" else 10
        try:
            return datetime.strptime(tags[name][:length], pattern).date().isoformat()
        except (KeyError, ValueError):
            continue
    return None


def check_days(before: str, after: str) -> tuple[str, str]:
    """Checks dates that a user gives.

    Raises:
        ValueError: One is not of the form 2018-01-31, or the first is the later one.
    """
    for text in (before, after):
        if not is_day(text):
            raise ValueError(f"{text!r} is no day: write it as 2018-01-31")
    if before > after:
        raise ValueError(f"{before} is later than {after}: give the day of the first date first")
    return before, after


def is_day(text: str) -> bool:
    """Whether a text is a day as 2018-01-31."""
    # Later Pythons take other forms of ISO 8601 too.
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
