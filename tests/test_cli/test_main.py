"""The command itself: quick, and plain about what it lacks."""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest
import torch

import mmrsicc
from mmrsicc.apis import list_models
from mmrsicc.cli import convert, info
from mmrsicc.cli.arguments import PROTOCOLS_HELP, SCORERS_HELP
from mmrsicc.cli.main import GROUPS, main
from mmrsicc.converters.conversion import methods
from mmrsicc.evaluation.scores.caption_scores import SCORERS
from mmrsicc.evaluation.scores.protocols import PROTOCOLS
from mmrsicc.tokenizers.vocabulary import PRESETS

COMMANDS = [name for names in GROUPS.values() for name in names]


def test_the_overview_names_all_commands(capsys):
    for arguments in ([], ["--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        shown = capsys.readouterr().out
        assert end.value.code == 0
    files = {path.stem for path in Path(info.__file__).parent.glob("*.py")}
    modules = files - {"__init__", "main", "arguments", "scene_arguments", "errors"}
    assert modules == {name.replace("-", "_") for name in COMMANDS}
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_help_imports_nothing_heavy():
    """Neither the overview, which asks every command for its line, nor that of any command."""
    code = f"""
import contextlib, sys
from mmrsicc.cli.main import main

for arguments in (["--help"], *([name, "--help"] for name in {COMMANDS})):
    with contextlib.suppress(SystemExit):
        main(arguments)
    heavy = {{"torch", "mmengine", "numpy", "PIL", "rasterio", "gradio", "rich"}} & set(sys.modules)
    print("imported by", *arguments, sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = [line for line in done.stdout.splitlines() if line.startswith("imported by")]
    assert len(said) == 1 + len(COMMANDS) and all(line.endswith(" []") for line in said), said
    assert done.stdout.count("usage: mmrsicc") == 1 + len(COMMANDS)


def test_help_names_what_can_be_chosen():
    """Without the library that knows it."""
    assert all(name in SCORERS_HELP for name in SCORERS)
    assert all(name in PROTOCOLS_HELP for name in PROTOCOLS)
    parser = ArgumentParser()
    convert.add_arguments(parser)
    shown = parser.format_help()
    assert all(name in shown for name in (*methods(), *PRESETS))


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == mmrsicc.__version__


def test_an_unknown_command_is_told_one_like_it(capsys):
    with pytest.raises(SystemExit) as end:
        main(["captio"])
    assert end.value.code == 2 and "did you mean caption" in capsys.readouterr().err


def test_a_missing_package_comes_with_the_line_that_brings_it(monkeypatch):
    def run(args):
        import mamba_ssm.ops  # noqa: F401

    monkeypatch.setitem(sys.modules, "mamba_ssm", None)
    monkeypatch.setattr(info, "run", run)
    with pytest.raises(SystemExit, match="pip install mamba-ssm"):
        main(["info"])


def test_info_tells_what_is_there_and_how_to_get_the_rest(tmp_path, monkeypatch, capsys):
    (tmp_path / "opencd.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "gradio", None)  # as good as not installed
    main(["info"])
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line}
    assert shown["python"] == sys.version.split()[0]
    assert shown["torch"] == torch.__version__ and "mmengine" in shown["mmengine"]
    assert (
        shown["opencd"] == "present" and shown["gradio"] == "missing: pip install 'mmrsicc[demo]'"
    )
    assert {
        "CUDA",
        "java",
        "rasterio",
        "onnx",
        "onnxruntime",
        "onnxscript",
        "mmdet",
        "mamba_ssm",
    } <= set(shown)
    models = [line.split()[1] for line in lines if line.startswith("model ")]
    assert models == list_models()


def test_a_command_that_runs_sets_the_allocator_and_its_help_does_not(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("mmrsicc.utils.allocator.keep_freed_memory", lambda: calls.append("set"))
    for arguments in (["eval", "--help"], ["eval", str(tmp_path / "none.jsonl")]):
        with pytest.raises(SystemExit):
            main(arguments)
    assert calls == ["set"]
