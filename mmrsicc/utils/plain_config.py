"""The text of a config as MMEngine writes it, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

#: Maximum length of a config; Python's parser needs about a thousand times as much memory.
_MOST_CHARACTERS = 10**6


def plain_config(text: str) -> dict[str, Any]:
    """Values by name of a config's text.

    Running that text, as MMEngine's ``Config.fromfile`` does, would run foreign code where the text
    is not one's own.

    Args:
        text: Assignments of literals and of calls of ``dict``, as in ``Config.pretty_text``.

    Raises:
        ValueError: If there is anything else in it; "holds more than plain values (...)".
    """
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"holds more than plain values (it has {len(text):,} characters)")
    try:
        return {name: _plain(value) for name, value in _assignments(text)}
    # Python's parser raises several types of errors for deep nesting.
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"holds more than plain values ({str(error) or 'too deep'})") from error


def _assignments(text: str) -> Iterator[tuple[str, ast.expr]]:
    for line in ast.parse(text).body:
        if not (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)):
            raise ValueError(f"line {line.lineno} is no assignment")
        yield line.targets[0].id, line.value


def _plain(node: ast.expr) -> Any:
    """Value of literals, also nested in calls of ``dict``, as MMEngine writes its configs."""
    if isinstance(node, ast.Call):
        if ast.unparse(node.func) != "dict" or not all(isinstance(a, ast.Dict) for a in node.args):
            raise ValueError(f"line {node.lineno} calls a function")
        if any(keyword.arg is None for keyword in node.keywords):
            raise ValueError(f"line {node.lineno} calls a function with **")
        value = {str(keyword.arg): _plain(keyword.value) for keyword in node.keywords}
        for keys_that_are_no_names in node.args:
            value |= _plain(keys_that_are_no_names)
        return value
    if isinstance(node, ast.Dict):
        keys = [ast.literal_eval(key) for key in node.keys if key is not None]
        return dict(zip(keys, map(_plain, node.values), strict=True))
    if isinstance(node, ast.List):
        return [_plain(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_plain(item) for item in node.elts)
    return ast.literal_eval(node)
