"""The config lines of log backends: MMEngine knows the names, and takes the arguments."""

import ast
import inspect
from pathlib import Path

import mmengine.visualization  # noqa: F401  # Registers the backends.
from mmengine.registry import VISBACKENDS

PAGE = Path(__file__).parents[2] / "docs/en/user_guides/train_test.md"


def test_mmengine_takes_the_lines_of_the_page():
    (block,) = [
        b for b in PAGE.read_text("utf-8").split("```") if b.startswith("python\nvisualizer")
    ]
    calls = [
        n for n in ast.walk(ast.parse(block.removeprefix("python"))) if isinstance(n, ast.Call)
    ]
    backends = {}
    for call in calls:
        arguments = {k.arg: k.value for k in call.keywords}
        kind = arguments.pop("type", None)
        if isinstance(kind, ast.Constant) and kind.value.endswith("VisBackend"):
            backends[kind.value] = set(arguments)
    assert {"WandbVisBackend", "MLflowVisBackend"} <= backends.keys()
    for name, arguments in backends.items():
        assert arguments <= inspect.signature(VISBACKENDS.get(name)).parameters.keys()
