"""The picture of a run's balance, from logs as MMEngine writes them."""

import json

import pytest
from matplotlib.figure import Figure
from test_cli.conftest import refused, succeed

from mmrsicc.research.loss_balance import PANELS, draw, read_run


def write_log(work_dir, date, rhos):
    """A log with the lines of the hook, of training and of validation."""
    log = work_dir / date / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    rows = [{"BLEU-4": 60.0, "step": 1}]  # of validation: its step is an epoch
    for step, rho in rhos.items():
        rows.append({"loss": 1.0, "tgcl_gate_mean": rho / 2, "iter": step, "step": step})
        rows.append({"balance/rho_tgcl": rho, "balance/norm_caption": 1.0, "step": step})
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return log


def test_parts_of_a_resumed_run_are_joined(tmp_path):
    write_log(tmp_path, "20260101_000000", {10: 0.1, 20: 0.2, 30: 0.3, 40: 0.4})
    write_log(tmp_path, "20260102_000000", {30: 0.5, 50: 0.6})
    curves = read_run(tmp_path)
    assert curves["balance/rho_tgcl"] == {10: 0.1, 20: 0.2, 30: 0.5, 50: 0.6}
    assert curves["tgcl_gate_mean"][20] == 0.1
    assert set(curves) == {"balance/rho_tgcl", "balance/norm_caption", "tgcl_gate_mean"}


def test_a_part_without_balance_changes_nothing(tmp_path):
    write_log(tmp_path, "20260101_000000", {10: 0.1})
    write_log(tmp_path, "20260102_000000", {})  # stopped before its first line
    assert read_run(tmp_path)["balance/rho_tgcl"] == {10: 0.1}


def test_runs_lie_over_each_other(tmp_path, monkeypatch):
    runs = {
        "seed1": {"balance/rho_tgcl": {10: 0.5, 20: 2.0}, "balance/cosine_tgcl": {10: -0.5}},
        "seed2": {"balance/rho_tgcl": {10: 0.6, 30: 1.0}},
    }
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *args, **kwargs: figures.append(figure))
    draw(runs, tmp_path / "x.png")
    (figure,) = figures
    axes = {a.get_title(): a for a in figure.axes if a.get_visible()}
    assert set(axes) == {panel.title for panel in PANELS[1:3]}
    ratio = axes["Gradient norm over the captions' (rho)"]
    drawn = [(list(x.get_xdata()), list(x.get_ydata())) for x in ratio.lines]
    assert drawn[:2] == [([10, 20], [0.5, 2.0]), ([10, 30], [0.6, 1.0])]
    assert [line.get_ydata()[0] for line in ratio.lines[2:]] == [1.0, 0.01]  # the hook's bounds
    assert ratio.lines[0].get_color() != ratio.lines[1].get_color()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["seed1", "seed2"]


def test_the_command(tmp_path):
    log = write_log(tmp_path / "run", "20260101_000000", {10: 0.1, 20: 0.2})
    out = tmp_path / "balance.png"
    assert str(out) in succeed("plot-loss-balance", tmp_path / "run", log, "--out", out).stdout
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no */vis_data/scalars.json"),
        ('{"loss": 1.0, "step": 10}\n', "LossBalanceHook"),
        ('{"balance/rho_tgcl": 1.0, "step": 10}\n{"bal', "scalars.json, line 2: not valid JSON"),
    ],
)
def test_errors_say_what_to_do(tmp_path, content, message):
    if content is not None:
        write_log(tmp_path, "20260101_000000", {}).write_text(content)
    with pytest.raises((FileNotFoundError, ValueError)) as error:
        read_run(tmp_path)
    assert message in str(error.value) and str(tmp_path) in str(error.value)


def test_a_picture_is_a_png():
    assert "ends in .png" in refused("plot-loss-balance", "run", "--out", "x.json")
