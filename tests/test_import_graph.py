"""The package's imports, read from its source: layers, and no circles."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mmrsicc"

#: Packages from the bottom up; each imports those of lower layers alone when it is imported.
LAYERS = (
    {"version"},
    {"pages", "utils", "shipped"},
    {"structures"},
    {"datasets"},
    {"change_maps", "scenes", "synthcc", "tokenizers", "visualization"},
    {"models"},
    {"engine", "evaluation"},
    {"apis"},
    {"converters", "demo", "deployment", "research"},
)
#: Packages that no other but the command line imports, not even in a function.
OUTER = {"cli", "converters", "demo", "deployment", "research"}


def module_name(path: Path) -> str:
    parts = ("mmrsicc", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def imported(node: ast.stmt) -> Iterator[str]:
    """Modules of the package that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.module is not None and node.level == 0
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        names = [name if name in MODULES else node.module for name in inner]
    else:
        return
    yield from (name for name in names if name in MODULES)


def at_import(body: list[ast.stmt]) -> Iterator[str]:
    """Modules that are imported when the statements run, in no function and not for types alone."""
    for node in body:
        yield from imported(node)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            yield from at_import([n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)])


GRAPH = {name: set(at_import(tree.body)) for name, tree in MODULES.items()}


def package(name: str) -> str:
    """The package of a module; the registry is counted to the utilities."""
    inner = name.split(".")[1] if "." in name else "version"
    return "utils" if inner == "registry" else inner


def level(name: str) -> int:
    return next(number for number, packages in enumerate(LAYERS) if package(name) in packages)


def test_no_module_imports_itself_by_way_of_others():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"circle of imports: {' -> '.join(error.args[1])}")


def test_imports_go_down_the_layers():
    wrong = [
        f"{name} imports {other}"
        for name, others in GRAPH.items()
        for other in others
        if package(name) not in (package(other), "cli") and level(other) >= level(name)
    ]
    assert not wrong, wrong


def test_the_command_line_imports_its_work_when_a_command_runs():
    wrong = [
        f"{name} imports {other}"
        for name, others in GRAPH.items()
        for other in others
        if package(name) == "cli" and package(other) not in ("cli", "version")
    ]
    assert not wrong, wrong


def test_the_core_never_imports_the_outer_packages():
    wrong = [
        f"{name} imports {other}"
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        for other in imported(node)
        if package(other) in OUTER and package(name) not in (package(other), "cli")
    ]
    assert not wrong, wrong
