"""Pieces of HTML that a report consists of, from ``mmrsicc/pages/templates/parts.html``.

All functions give HTML; what they take is text, but where they say HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from mmrsicc.pages import part, render, safe


@dataclass(frozen=True)
class Picture:
    """An image of a card: a data URI, what it shows, and the same for those who do not see it."""

    uri: str
    name: str
    alt: str


@dataclass(frozen=True)
class Card:
    """A pair in a report.

    Attributes:
        heading: What it is called.
        badge: "changed" or "unchanged", where that is known.
        worth: A number beside the heading.
        figures: Its images.
        legend: Colours of its mask, with ``name`` and ``colour``.
        said: The sentence.
        references: True ones.
        remark: A further sentence.
        drawn: Data URI of a picture to be opened.
    """

    heading: str
    badge: str | None = None
    worth: str | None = None
    figures: Sequence[Picture] = ()
    legend: Sequence[Any] = field(default=())
    said: str | None = None
    references: Sequence[str] = ()
    remark: str | None = None
    drawn: str | None = None


def text(value: object) -> str:
    """Text escaped for HTML."""
    return escape(str(value), quote=True)


def page(title: str, body: Sequence[str]) -> str:
    """A whole document, whose security policy forbids loading anything.

    Args:
        title: Plain text.
        body: HTML.
    """
    return render("report.html", title=title, body=list(map(safe, body)))


def section(name: str, title: str, parts: Sequence[str]) -> str:
    """A part of the page that ``#name`` leads to; empty without parts, which are HTML."""
    return part("section", name, title, list(map(safe, parts))) if parts else ""


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    own: int | None = None,
    words: bool = False,
) -> str:
    """A table with a header row and a header column.

    Args:
        title: Plain text.
        columns: Plain text above each column.
        rows: Cells; the first of each row is plain text, the others HTML.
        own: Row to bring out.
        words: Whether the cells are words, not numbers.
    """
    cells = [(name, list(map(safe, inner))) for name, *inner in rows]
    return part("table", title, columns, cells, own, words)


def bar(value: float, largest: float) -> str:
    """A bar for the number beside it; hidden from screen readers."""
    return part("bar", 0.0 if largest <= 0 else 120 * value / largest)


def note(sentence: str) -> str:
    """A remark in plain text."""
    return part("note", sentence)


def warning(sentence: str, lead: str = "") -> str:
    """A warning in plain text, with its beginning in bold."""
    return part("warning", sentence, lead)


def small(said: str) -> str:
    """Small print below a number in a cell."""
    return part("range", said)


def picture(uri: str, alt: str) -> str:
    """An image by its data URI."""
    return part("picture", uri, alt)


def folded(summary: str, content: str) -> str:
    """Plain text that is opened by its summary."""
    return part("folded", summary, content)


def cards(pairs: Sequence[Card]) -> str:
    """Pairs side by side."""
    return part("cards", pairs)
