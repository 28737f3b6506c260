"""The source, walked: one place reads checkpoints, and nothing else makes code of a file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(p for folder in ("mmrsicc", "tools", "docs") for p in (ROOT / folder).rglob("*.py"))

#: The place that reads checkpoints.
LOADER = "mmrsicc/utils/checkpoint.py"

#: What unpickles, or runs text; by any name that it could be imported from.
FORBIDDEN = {
    *("torch.load", "torch.jit.load", "torch.hub.load", "torch.hub.load_state_dict_from_url"),
    *("torch.utils.model_zoo.load_url", "mmengine.utils.dl_utils.load_url", "mmengine.load"),
    *("mmengine.fileio.load", "get_state_dict", "eval", "exec", "compile", "__import__"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.loads", "shelve.open"),
    *("joblib.load", "dill.load", "cloudpickle.load", "numpy.load", "pandas.read_pickle"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "runpy.run_path"),
    *("mmengine.Config.fromstring", "mmengine.utils.get_object_from_string"),
}

#: Uses that are safe, with the reason.
ALLOWED = {
    (LOADER, "torch.load"): "with weights_only=True",
    ("mmrsicc/models/text_encoders.py", "numpy.load"): "never unpickles by itself",
}


def imported(tree):
    """Full names of what a module imports, by the names that it uses."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(a.asname or a.name): a.name for a in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
    return names


def used(source):
    """Full dotted names of all that a source refers to."""
    tree = ast.parse(source)
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            yield names.get(first, first) + dot + rest
    yield from names.values()


def faults(source):
    return {n for n in used(source) if n in FORBIDDEN or n.endswith(".get_state_dict")}


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(x)",
        "import torch as t\nt.load(x)",
        "from torch import load as read\nread(x)",
        "f = __import__\nf('os')",
        "import numpy as np\nnp.load(x, allow_pickle=True)",
        "from mmengine import Config\nConfig.fromstring(x, '.py')",
        "weights.get_state_dict()",
    ],
)
def test_the_walk_finds(source):
    assert faults(source)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_else_reads_checkpoints_or_runs_text(path):
    name = path.relative_to(ROOT).as_posix()
    found = faults(path.read_text(encoding="utf-8"))
    assert not {fault for fault in found if (name, fault) not in ALLOWED}


def test_the_one_place_reads_weights_alone():
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / LOADER).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    ]
    assert len(calls) == 1
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in calls[0].keywords}
    assert options["weights_only"] == "True"
