"""The arms of the transfer study are models that build, and metrics that are there."""

from pathlib import Path

import pytest
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.registry import METRICS, MODELS
from mmrsicc.research.study.study import read_study

FOLDER = Path(__file__).parents[3] / "configs/dfm/transfer"
STUDY = read_study(FOLDER / "study.py")
WORDS = ["<pad>", "<unk>", "<start>", "<end>", "house"]


def build(cfg):
    init_default_scope(cfg.default_scope)
    cfg.model.speaker.tokenizer = {"type": "Vocabulary", "words": WORDS}
    for metric in cfg.test_evaluator:
        assert METRICS.get(metric["type"]) is not None
    return MODELS.build(cfg.model)


@pytest.mark.parametrize("arm", STUDY.arms)
def test_each_arm_builds_and_only_fuse_and_its_controls_fuse(arm):
    cfg = STUDY.config(arm, 0)
    cfg.test_evaluator = list(cfg.test_evaluator)
    model = build(cfg)
    assert bool(model.encoder.neck.transfers) is (arm == "fuse" or arm.startswith("cd_"))
    scored = "ChangeMaskMetric" in {metric["type"] for metric in cfg.test_evaluator}
    finds = model.encoder.mask_head is not None or (
        model.encoder.change_detector is not None and model.encoder.transfer_to != "losses"
    )
    assert finds or not scored


def test_the_groups_hold_every_arm():
    assert set(STUDY.chosen(list(STUDY.groups))) == set(STUDY.arms)


def test_the_levir_mci_config_names_parts_that_its_model_has():
    cfg = Config.fromfile(FOLDER / "dfm_multitask_levirmci.py")
    model = build(cfg)
    assert model.encoder.mask_head.num_classes == 3
    names = [name for name, _ in model.named_parameters()]
    (hook,) = cfg.custom_hooks
    for phase in hook["phases"]:
        for part in phase["trained"]:
            assert any(name == part or name.startswith(f"{part}.") for name in names), part
    # The mask is made of what the phase of captioning leaves as it is.
    captioning = hook["phases"][0]["trained"]
    assert not any(part in captioning for part in ("backbone", "neck", "neck.differences"))
