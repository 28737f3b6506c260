"""JSON from files that somebody else may have made."""

import json
from typing import Any


def parse_json(text: str, **options: Any) -> Any:
    """``json.loads``, but what is nested too deeply for it is a ValueError like any other fault.

    Args:
        text: JSON.
        **options: Of ``json.loads``.

    Raises:
        ValueError: If it is no JSON.
    """
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
