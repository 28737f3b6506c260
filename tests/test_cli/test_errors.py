"""Errors of commands: a line that says what to do, and the traceback only where it is asked for."""

import json
import runpy
import subprocess

import pytest
from test_cli.conftest import MMRSICC, ROOT, command, refused

from mmrsicc.cli import info


@pytest.fixture
def fail(monkeypatch):
    """Has ``mmrsicc info`` end in an error; returns what is shown."""

    def fail(error, *arguments):
        def run(args):
            raise error

        monkeypatch.setattr(info, "run", run)
        return command("info", *arguments)

    return fail


def test_our_own_message_stands_alone():
    said = refused("eval", "a.jsonl", "b.jsonl", "--intervals", 10)
    assert said == "--intervals takes one file: use mmrsicc compare for several runs\n"


@pytest.mark.parametrize(
    "words",
    [
        ("statistics", "config.py", "--pairs"),
        ("compare-onnx", "folder", "config.py", "weights.pth", "--threads"),
        ("compare-onnx", "folder", "config.py", "weights.pth", "--repeats"),
    ],
)
def test_a_count_of_none_is_refused_at_once(words):
    assert f"argument {words[-1]}: 0: give 1 or more" in refused(*words, 0)


def test_files_are_named(tmp_path, fail):
    assert refused("print-config", tmp_path / "no.py").startswith(f"no config at {tmp_path}/no.py")
    assert fail(PermissionError(13, "Permission denied", "x.png")).stderr == (
        "x.png: Permission denied\n"
    )


def test_a_system_library_that_opencv_lacks_is_named_with_the_fix(tmp_path, fail):
    file = tmp_path / "cv2" / "__init__.py"
    file.parent.mkdir()
    missing = "libxcb.so.1: cannot open shared object file: No such file or directory"
    file.write_text(f"raise ImportError({missing!r})")
    with pytest.raises(ImportError) as caught:
        runpy.run_path(str(file))
    said = fail(caught.value).stderr
    assert said.startswith(f"OpenCV needs a system library ({missing}): ")
    assert said.endswith("pip install --force-reinstall --no-deps opencv-python-headless\n")


def test_what_a_registry_raises_anew_is_our_message(tmp_path):
    """MMEngine's registries put the name of a class before it."""
    config = tmp_path / "config.py"
    config.write_text(
        f'test_dataloader = dict(dataset=dict(type="LEVIRCCDataset", data_root="{tmp_path}"))'
    )
    said = refused("mask-baselines", config)
    assert said.startswith(f"no caption file at {tmp_path}") and said.count("\n") == 1


def test_a_missing_data_set_is_one_line(tiny_config, tmp_path):
    """Through the runner, its loop and a registry."""
    option = f"train_dataloader.dataset.data_root={tmp_path}"
    said = refused("train", tiny_config, "--work-dir", tmp_path / "w", "--cfg-options", option)
    assert said.startswith(f"no caption file at {tmp_path}") and said.count("\n") == 1


@pytest.mark.parametrize(
    "error", [KeyError("odd"), ValueError("odd"), json.JSONDecodeError("odd", "", 0)]
)
def test_other_errors_are_told_with_kind_and_place(fail, error):
    done = fail(error)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{type(error).__name__}: ") and "odd" in done.stderr
    assert "(main.py, line " in done.stderr and "--debug shows the traceback" in done.stderr


def test_debug_shows_the_traceback(fail):
    with pytest.raises(ValueError, match="odd"):
        fail(ValueError("odd"), "--debug")


def test_ctrl_c_is_no_error_of_the_program(fail):
    done = fail(KeyboardInterrupt())
    assert done.returncode == 130 and done.stderr == "stopped\n"


def test_a_config_that_is_no_python_is_named(tmp_path):
    (tmp_path / "odd.py").write_text("model = dict(\n")
    for words in (["train"], ["print-config"], ["flops"], ["verify"]):
        assert "odd.py is not valid Python" in refused(*words, tmp_path / "odd.py")


def test_a_closed_pipe_is_no_error():
    """As of ``mmrsicc print-config CONFIG | head -1``."""
    config = ROOT / "configs" / "dfm" / "dfm_levircc.py"
    process = subprocess.Popen(
        [*MMRSICC, "print-config", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 0


def test_control_characters_of_a_file_do_not_reach_the_terminal(fail):
    done = fail(FileNotFoundError("no key \x1b[2J\x07 in it\nsecond line"))
    assert done.stderr == "no key \\x1b[2J\\x07 in it\nsecond line\n"
