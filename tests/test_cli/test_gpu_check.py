"""The check of a GPU runs from end to end, here on the CPU."""

import json

import pytest
import torch
from test_cli.conftest import ROOT

from mmrsicc.cli.main import main
from mmrsicc.research import gpu_check
from mmrsicc.utils.config_file import read_config

CONFIG = str(ROOT / "configs" / "dfm" / "dfm_synthcc-tiny.py")


def run(tmp_path, *arguments):
    out = tmp_path / "check.json"
    main(["gpu-check", CONFIG, "--tiny", "--device", "cpu", "--out", str(out), *arguments])
    return json.loads(out.read_text())


def test_dfm_trains_alike_in_all_ways_and_compiles_without_a_break(tmp_path, capsys):
    found = run(tmp_path, "--backend", "aot_eager")
    method = found["methods"]["dfm_synthcc-tiny"]
    expected = method["cpu_losses"]
    assert len(set(expected)) == 3  # It learns.
    assert method["fp32"]["losses"] == pytest.approx(expected, rel=1e-5)
    assert method["compiled"]["losses"] == pytest.approx(expected, rel=1e-3)
    assert method["bf16"]["losses"] == pytest.approx(expected, rel=0.03)
    assert method["bf16"]["losses"] != pytest.approx(expected, rel=1e-6)
    assert method["compiled"]["graphs"] >= 2  # Encoder and head.
    assert method["compiled"]["graph_breaks"] == 0
    assert all(method[way]["sentences_per_second"] > 0 for way in gpu_check.WAYS)
    table = (tmp_path / "check.md").read_text()
    assert table in capsys.readouterr().out
    assert table.count("| dfm_synthcc-tiny |") == 4


def test_a_way_that_fails_is_told_and_hides_no_other(tmp_path, capsys, monkeypatch):
    def refuse(model, backend):
        raise RuntimeError("no compiler\nand more")

    monkeypatch.setattr(gpu_check, "compile_parts", refuse)
    monkeypatch.setattr(gpu_check, "never_end", lambda model: refuse(model, None))
    with pytest.raises(SystemExit) as ended:
        run(tmp_path)
    assert ended.value.code == 1
    table = capsys.readouterr().out
    assert "| compiled | failed: RuntimeError: no compiler | | |" in table
    assert "| dfm_synthcc-tiny | failed: RuntimeError: no compiler | |" in table
    method = json.loads((tmp_path / "check.json").read_text())["methods"]["dfm_synthcc-tiny"]
    assert method["compiled"] == method["captioning"] == {"error": "RuntimeError: no compiler"}
    assert method["bf16"]["sentences_per_second"] > 0


def test_training_draws_nothing_by_chance():
    sizes = gpu_check.TINY
    model = gpu_check.build(read_config(CONFIG), "cpu", sizes)
    data = model.data_preprocessor(gpu_check.make_batch(model, sizes))
    first, second = (model(**data, mode="loss")["loss_caption"] for _ in range(2))
    assert model.training and torch.equal(first, second)


def test_a_model_with_masks_and_a_dropout_of_its_detector_draws_nothing_either():
    cfg = read_config(ROOT / "configs" / "dfm" / "dfm_vit_levircc-real.py")
    cfg.model.encoder.mask_head = {"type": "MaskHead", "channels": 32}
    cfg.model.encoder.change_detector.checkpoint = None
    sizes = gpu_check.TINY
    model = gpu_check.build(cfg, "cpu", sizes)
    data = model.data_preprocessor(gpu_check.make_batch(model, sizes))
    first, second = (model(**data, mode="loss") for _ in range(2))
    assert torch.equal(first["loss_caption"], second["loss_caption"])
    assert first["loss_mask"] > 0
