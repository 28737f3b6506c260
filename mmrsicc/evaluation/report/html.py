"""The few pieces of HTML that a report consists of.

All functions take and return HTML; :func:`text` makes HTML of anything else.
"""

from collections.abc import Sequence
from html import escape

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 74rem; padding: 1.5rem; background: #fff; color: #111827;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem;
  border-bottom: 1px solid #d4d8de; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p, ul { margin: .4rem 0; max-width: 48rem; }
nav a { margin-right: 1rem; }
a { color: #1d4ed8; }
.note { color: #565e6c; font-size: .9rem; }
.warning { background: #fff4e5; border: 1px solid #b4560a; border-radius: .4rem;
  padding: .5rem .9rem; max-width: 48rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid #e5e7eb; }
th:first-child, td.words { text-align: left; }
td.words { overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid #9aa1ad; }
td .range { display: block; color: #565e6c; font-size: .78rem; white-space: nowrap; }
tr.own { background: #eef4ff; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(33rem, 1fr)); gap: 1rem; }
article { border: 1px solid #d4d8de; border-radius: .5rem; padding: .8rem 1rem; min-width: 0; }
article h4 { margin: 0 0 .5rem; font-size: .95rem; overflow-wrap: anywhere; }
article .images { display: flex; gap: .5rem; flex-wrap: wrap; }
figure { margin: 0; flex: 1 1 8rem; max-width: 16rem; }
figure img { display: block; box-sizing: border-box; width: 100%; border: 1px solid #d4d8de; }
figcaption { font-size: .8rem; color: #565e6c; }
.said { font-size: 1.05rem; font-weight: 600; margin: .6rem 0 .2rem; overflow-wrap: anywhere; }
.references { margin: .2rem 0 0; padding-left: 1.2rem; font-size: .92rem; }
details { margin-top: .6rem; }
summary { cursor: pointer; font-size: .9rem; color: #1d4ed8; }
details img { display: block; max-width: 100%; }
article:has(details[open]) { grid-column: 1 / -1; }
.badge { border-radius: 1rem; padding: 0 .6rem; color: #fff; font-size: .8rem; font-weight: 600; }
.swatch { display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; }
pre { background: #f6f7f9; padding: .8rem; overflow-x: auto; font-size: .82rem; }
@media (max-width: 40rem) { .pairs { grid-template-columns: 1fr; } body { padding: .8rem; } }
@media print { article { break-inside: avoid; } nav { display: none; } }
"""


def text(value: object) -> str:
    """Text escaped for HTML."""
    return escape(str(value), quote=True)


def page(title: str, body: Sequence[str]) -> str:
    """A whole document, whose security policy forbids loading anything.

    Args:
        title: Plain text.
        body: HTML.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title>",
        f"<style>{STYLE}</style>",
    ]
    parts = ["<!DOCTYPE html>", '<html lang="en">', "<head>", *head, "</head>", "<body>"]
    return "\n".join([*parts, *body, "</body>", "</html>"]) + "\n"


def section(name: str, title: str, parts: Sequence[str]) -> str:
    """A part of the page that ``#name`` leads to; empty without parts."""
    if not parts:
        return ""
    heading = f'<h2 id="{name}-title">{text(title)}</h2>'
    inner = "\n".join([heading, *parts])
    return f'<section id="{name}" aria-labelledby="{name}-title">\n{inner}\n</section>'


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    own: int | None = None,
    words: bool = False,
) -> str:
    """A table whose first column and first row say what the cells are.

    Args:
        title: Plain text.
        columns: Plain text above each column.
        rows: Cells; the first of each row is plain text, the others HTML.
        own: Row to bring out.
        words: Whether the cells are words, not numbers.
    """
    head = "".join(f'<th scope="col">{text(column)}</th>' for column in columns)
    lines = []
    for i, (name, *cells) in enumerate(rows):
        mark = ' class="own"' if i == own else ""
        start = '<td class="words">' if words else "<td>"
        row = "".join(f"{start}{cell}</td>" for cell in cells)
        lines.append(f'<tr{mark}><th scope="row">{text(name)}</th>{row}</tr>')
    body = "\n".join(lines)
    return (
        f'<div class="scroll" tabindex="0"><table><caption>{text(title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def bar(value: float, largest: float) -> str:
    """A bar for the number beside it; hidden from screen readers."""
    width = 0 if largest <= 0 else 120 * value / largest
    return (
        '<svg width="120" height="12" aria-hidden="true" focusable="false">'
        f'<rect width="{width:.1f}" height="12" fill="#2563eb"/></svg>'
    )


def note(sentence: str) -> str:
    """A remark in plain text."""
    return f'<p class="note">{text(sentence)}</p>'
