"""HTML pages: one set of Jinja2 templates, and one style sheet for all of them.

``document.html`` is what every page that stands alone extends.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """HTML of a template.

    Args:
        template: Name of a file in ``templates``.
        values: What it shows; texts are escaped, values of :class:`markupsafe.Markup` are not.
    """
    return _environment().get_template(template).render(**values)


def part(macro: str, *values: Any) -> str:
    """HTML of a macro in ``parts.html``."""
    return str(getattr(_environment().get_template("parts.html").module, macro)(*values))


def safe(html: str) -> Any:
    """HTML that templates do not escape."""
    from markupsafe import Markup

    return Markup(html)


def style() -> str:
    """The style sheet."""
    return render("style.css")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(__name__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
