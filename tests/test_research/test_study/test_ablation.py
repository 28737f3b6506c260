"""The ablation of DFM, on generated and on real pairs, and the study of what saves time."""

from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

from mmrsicc.models.parameters import count_parameters
from mmrsicc.registry import MODELS, PARAM_SCHEDULERS
from mmrsicc.research.study.study import read_study
from mmrsicc.utils.config_file import read_config

ABLATION = Path(__file__).parents[3] / "configs/dfm/ablation"
STUDY = read_study(ABLATION / "study_real.py")
WORDS = ["<pad>", "<unk>", "<start>", "<end>", "house", "road"]
#: Arms without TGCL and without a detector.
ALONE = {
    *("ar", "ar_stride8", "concat", "jfm", "jfm_one_scale", "jfm_simple", "scratch", "tuned"),
    *STUDY.groups["options"],
}


def model_of(arm):
    return STUDY.config(arm, 42).model


def build(arm, study=STUDY):
    init_default_scope("mmrsicc")
    model = study.config(arm, 42).model
    model.speaker.tokenizer = {"type": "Vocabulary", "words": WORDS}
    return MODELS.build(model)


def test_every_arm_is_in_a_group_and_differs_from_full():
    grouped = [arm for group in STUDY.groups.values() for arm in group]
    assert sorted(grouped) == sorted(STUDY.arms)
    full = STUDY.config("full", 1).to_dict()
    assert [arm for arm in STUDY.arms if STUDY.config(arm, 1).to_dict() == full] == ["full"]


def test_arms_without_guidance_or_detector_have_none():
    for arm in STUDY.arms:
        model, hooks = model_of(arm), STUDY.config(arm, 1).custom_hooks
        assert (model.losses is None) == (arm in ALONE | {"jfm_cd", "jfm_cd_no_prior"})
        assert bool(hooks) is (model.losses is not None), "TGCL's hooks ask for TGCL"
        without = ALONE | {"jfm_tgcl"}
        assert (model.encoder.change_detector is None) == (arm in without)
        reads_prior = arm not in without | {"jfm_cd_no_prior", "no_prior"}
        assert (model.encoder.neck.get("prior") is not None) == reads_prior


def test_the_backbone_of_all_but_the_encoder_s_arms_is_frozen():
    for arm in STUDY.arms:
        frozen = model_of(arm).encoder.backbone.type == "FrozenBackbone"
        assert frozen == (arm not in STUDY.groups["encoder"])


def test_the_concatenation_has_as_many_parameters_as_jfm():
    counts = {arm: count_parameters(build(arm))["neck"]["total"] for arm in ("concat", "jfm")}
    assert counts["concat"] == pytest.approx(counts["jfm"], rel=0.005)


def test_the_baseline_at_stride_8_has_as_many_places_as_tokens_and_more():
    (stride8, stride32) = (model_of(arm).encoder.backbone.backbone for arm in ("ar_stride8", "ar"))
    assert (stride8.out_indices, stride32.out_indices) == ((2,), (4,))
    assert build("ar_stride8").encoder.neck.project.in_channels == 40


def test_generated_and_real_pairs_have_the_same_arms():
    generated = read_study(ABLATION / "study.py")
    assert (generated.groups, generated.comparisons) == (STUDY.groups, STUDY.comparisons)
    assert generated.arms.keys() == STUDY.arms.keys()
    assert generated.name != STUDY.name
    placebo, full = (generated.config(arm, 1).model for arm in ("placebo", "full"))
    assert placebo.losses.tgcl.pop("placebo") is True
    assert placebo == full


@pytest.mark.parametrize("name", ["study", "study_real", "study_levir_mix"])
def test_a_detector_is_the_network_that_its_training_makes(name):
    study = read_study(ABLATION / f"{name}.py")
    for arm in ("full", "cd_cdd"):
        detector = study.config(arm, 1).model.encoder.change_detector
        training = ABLATION.parents[2] / detector.pop("made_by").split()[-1]
        assert Path(detector.pop("checkpoint")).parent == Path("work_dirs") / training.stem
        trained = read_config(training).model
        trained.backbone.pop("pretrained", None)  # Where the training starts from.
        assert detector == trained


@pytest.mark.parametrize("name", ["study", "study_real"])
def test_a_backbone_that_is_trained_has_the_scales_of_the_frozen_one(name):
    study = read_study(ABLATION / f"{name}.py")
    frozen = study.config("full", 1).model.encoder.backbone.backbone
    for arm in study.groups["encoder"]:
        assert study.config(arm, 1).model.encoder.backbone.out_indices == frozen.out_indices
    assert build("scratch_full", study)


@pytest.mark.parametrize("name", ["study_recipe", "study_learning_curve"])
def test_the_arms_of_other_studies_can_be_built_and_are_told_apart(name):
    study = read_study(ABLATION / f"{name}.py")
    init_default_scope("mmrsicc")
    for arm in study.arms:
        model = study.config(arm, 42).model
        model.speaker.tokenizer = {"type": "Vocabulary", "words": WORDS}
        assert model.get("losses") is None and MODELS.build(model)
    assert {arm for pair in study.comparisons for arm in pair} == set(study.arms)


def test_warm_restarts_follow_the_warm_up():
    """Two schedules of the same steps would multiply each other."""
    study = read_study(ABLATION / "study_recipe.py")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1e-3)
    schedulers = [
        PARAM_SCHEDULERS.build({**cfg, "optimizer": optimizer})
        for cfg in study.config("restarts", 1).param_scheduler
    ]
    rates = []
    for _ in range(368):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    assert rates[0] == pytest.approx(4e-5) and rates[30] == pytest.approx(1e-3)
    assert max(rates) <= 1e-3 + 1e-9
    restarts = [i for i in range(31, 368) if rates[i] > 2 * rates[i - 1]]
    assert restarts == [122, 204, 286] and rates[-1] < 2e-6


@pytest.mark.parametrize("base", [None, ABLATION / "four_scales_64.py"])
def test_one_sentence_alone_leaves_the_model_of_the_cost_study(base):
    study = read_study(ABLATION / "study_cost.py", base)
    full = study.config("full", 1)
    changed = {arm for arm in study.arms if study.config(arm, 1).model != full.model}
    assert changed == {"mixing_full", "mixing_8"}
    one = study.config("one_sentence", 1).train_dataloader
    assert one.batch_size == 5 * full.train_dataloader.batch_size
