"""The command itself: quick, and plain about what it lacks."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import mmrsicc
from mmrsicc.apis import list_models
from mmrsicc.cli import info
from mmrsicc.cli.main import main


def test_the_overview_names_all_commands(capsys):
    for arguments in ([], ["--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        shown = capsys.readouterr().out
        assert end.value.code == 0
    files = {path.stem for path in Path(info.__file__).parent.glob("*.py")}
    commands = {name.replace("_", "-") for name in files - {"__init__", "main"}}
    assert {"caption", "info"} <= commands and all(f"\n    {c}" in shown for c in commands)


@pytest.mark.parametrize(
    "arguments", [["--help"], *([c, "--help"] for c in ("caption", "demo", "info", "scene"))]
)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys, atexit; heavy = ['torch', 'mmengine', 'numpy', 'PIL', 'rasterio', 'gradio']\n"
        "atexit.register(lambda: print([m for m in heavy if m in sys.modules]))\n"
        f"from mmrsicc.cli.main import main; main({arguments})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "usage: mmrsicc" in done.stdout and done.stdout.splitlines()[-1] == "[]"


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == mmrsicc.__version__


def test_an_unknown_command_is_told_those_there_are(capsys):
    with pytest.raises(SystemExit) as end:
        main(["captions"])
    assert end.value.code == 2 and "'caption'" in capsys.readouterr().err


def test_a_missing_package_comes_with_the_line_that_brings_it(monkeypatch):
    def run(args):
        import mamba_ssm.ops  # noqa: F401

    monkeypatch.setitem(sys.modules, "mamba_ssm", None)
    monkeypatch.setattr(info, "run", run)
    with pytest.raises(SystemExit, match="pip install mamba-ssm"):
        main(["info"])


@pytest.mark.parametrize("error", [FileNotFoundError, ValueError])
def test_errors_are_messages(monkeypatch, error):
    def run(args):
        raise error("x.png is damaged: copy it again")

    monkeypatch.setattr(info, "run", run)
    with pytest.raises(SystemExit, match=r"^x\.png is damaged: copy it again$"):
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
