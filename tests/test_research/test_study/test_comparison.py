"""What a comparison is made of, and what it refuses to compare."""

from pathlib import Path

import pytest
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.research.study.comparison import read_comparison
from mmrsicc.research.study.fairness import unshared
from mmrsicc.research.study.run import runs_of
from mmrsicc.research.study.study import Study
from mmrsicc.research.study.tuning import trials, tried_rates, tuned
from mmrsicc.utils.decisive_config import decisive

COMPARISONS = Path(__file__).parents[3] / "configs" / "comparison"
SENTENCE = "a house is built near the road"
BASE = """
model = dict(
    type="M",
    encoder=dict(
        neck=dict(type="{neck}"),
    ),
    speaker=dict(
        tokenizer=dict(type="Vocabulary", min_count=1),
    ),
)
train_dataloader = dict(batch_size=4, num_workers={workers}, dataset=dict(type="LEVIRCCDataset"))
val_dataloader = dict(dataset=dict(type="LEVIRCCDataset", split="val"))
test_dataloader = dict(dataset=dict(type="LEVIRCCDataset", split="test"))
train_cfg = dict(max_epochs=2)
test_evaluator = dict(type="ChangeCaptionMetric")
optim_wrapper = dict(optimizer=dict(type="Adam", lr=1.0))
param_scheduler = [dict(type="OneCycleLR", eta_max=1.0), dict(type="CosineAnnealingLR")]
"""


@pytest.fixture
def configs(tmp_path):
    paths = [tmp_path / "first.py", tmp_path / "second.py"]
    for workers, path in enumerate(paths):
        path.write_text(BASE.format(neck=path.stem, workers=workers))
    return paths


def test_configs_are_named_by_file_and_the_budget_is_merged_over_all(configs, tmp_path):
    budget = tmp_path / "budget.py"
    budget.write_text('train_cfg = dict(_delete_=True, type="Loop", max_iters=9)')
    comparison, rates = read_comparison(configs, budget)
    assert list(comparison.arms) == ["first", "second"] and rates == ()
    assert all(c.train_cfg == {"type": "Loop", "max_iters": 9} for c in comparison.arms.values())
    assert comparison.arms["second"].model.encoder.neck.type == "second"
    assert comparison.comparisons == (("second", "first"),) and comparison.splits == ("test",)


def test_a_file_names_configs_beside_it_and_the_command_line_comes_first(configs, tmp_path):
    (tmp_path / "budget.py").write_text("train_cfg = dict(max_epochs=5)")
    path = tmp_path / "both.py"
    path.write_text(
        'configs = dict(a="first.py", b="second.py")\nbudget = "budget.py"\nreference = "b"\n'
        'splits = ("test", "test_far")\nlearning_rates = (0.1, 0.2)\n'
    )
    comparison, rates = read_comparison([path])
    assert comparison.arms["a"].train_cfg.max_epochs == 5 and comparison.name == "both"
    assert comparison.comparisons == (("a", "b"),)
    assert rates == (0.1, 0.2) and comparison.splits == ("test", "test_far")
    tried = trials(comparison, rates)
    assert [study.learning_rates for study in tried] == [{"a": 0.1, "b": 0.1}, {"a": 0.2, "b": 0.2}]
    assert {study.splits for study in tried} == {("val",)}
    comparison, rates = read_comparison([path], reference="a", learning_rates=[0.3])
    assert comparison.comparisons == (("b", "a"),) and rates == (0.3,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train_dataloader = dict(batch_size=8)", r"train_dataloader.batch_size: first: 4 \| seco"),
        ('test_dataloader = dict(dataset=dict(img="x"))', r"test_dataloader\.dataset\.img"),
        ("train_cfg = dict(max_epochs=3)", r"train_cfg: first: .*2.*second: .*3"),
        ("model = dict(speaker=dict(tokenizer=dict(min_count=2)))", "model.speaker.tokenizer"),
        ('model = dict(speaker=dict(decoding=dict(type="BeamSearch")))', "model.speaker.decoding"),
        ("model = dict(speaker=dict(decision=dict(bias=1.0)))", "model.speaker.decision"),
        ("optim_wrapper = dict(accumulative_counts=2)", "accumulative_counts"),
        ('default_hooks = dict(checkpoint=dict(save_best="Sm"))', "checkpoint.save_best"),
        ('custom_hooks = [dict(type="EarlyStoppingHook")]', "EarlyStoppingHook"),
        ('default_hooks = dict(stop=dict(type="EarlyStoppingHook"))', "EarlyStoppingHook"),
        ("model = dict(speaker=dict(max_length=9))", "max_length: "),
        ("val_dataloader = dict(_delete_=True, batch_size=1)", "val_dataloader has no dataset"),
    ],
)
def test_what_must_be_equal_is_refused_with_its_key(configs, change, message):
    cfg = Config.fromfile(configs[1])
    cfg.merge_from_dict(Config.fromstring(change, ".py").to_dict())
    cfg.dump(configs[1])
    with pytest.raises(ValueError, match=message):
        read_comparison(configs)


def test_what_a_comparison_is_about_may_differ_and_is_told(configs, tmp_path):
    """Of a data set the file lets its root differ, nothing else."""
    with configs[1].open("a") as file:
        file.write('train_dataloader["dataset"]["data_root"] = "data/sar"\n')
    path = tmp_path / "both.py"
    path.write_text(
        'configs = dict(a="first.py", b="second.py")\n'
        'varies = ("train_dataloader.dataset.data_root",)\n'
    )
    methods = read_comparison([path])[0].arms
    assert unshared(methods) == {"train_dataloader.dataset.data_root": [["a"], ["b"]]}
    with configs[1].open("a") as file:
        file.write('train_dataloader["dataset"]["split"] = "val"\n')
    with pytest.raises(ValueError, match=r"train_dataloader\.dataset\.split") as refusal:
        read_comparison([path])
    assert "data_root" not in str(refusal.value)


def test_a_text_in_place_of_a_tuple_lets_nothing_differ(configs, tmp_path):
    path = tmp_path / "comparison.py"
    named = 'configs = {"first": "first.py", "second": "second.py"}'
    path.write_text(f'{named}\nvaries = "model.speaker.max_length"\n')
    with pytest.raises(ValueError, match="splits, varies and learning_rates are tuples"):
        read_comparison([path])


def test_defaults_workers_and_the_model_may_differ(configs):
    with configs[1].open("a") as file:
        file.write('\ntrain_dataloader["dataset"]["caption_mode"] = "pair"\n')
        file.write('model["encoder"]["backbone"] = dict(type="B")\n')
    methods = read_comparison(configs)[0].arms
    assert unshared(methods) == {"model.encoder.backbone": [["first"], ["second"]]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reference": "third"}, r"'third' is none of the methods \['first', 'second'\]"),
        ({"splits": "test"}, "splits, varies and learning_rates are tuples"),
        ({"learning_rates": 0.1}, "splits, varies and learning_rates are tuples"),
        (
            {"budget": {"test_evaluator": {"type": "ChangeCaptionMetric", "scorers": ["BLEU"]}}},
            r"does not score \['CIDEr-D', 'METEOR', 'ROUGE-L'\]",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(configs, options, message):
    with pytest.raises(ValueError, match=message):
        read_comparison(configs, **options)


@pytest.mark.parametrize(
    ("options", "rates", "message"),
    [
        ({"splits": ["val"]}, [0.1], "would be chosen on 'val'"),
        ({}, [0.1, -1.0], "must be above 0"),
        ({}, [0.1, 0.10000001], "differ in six digits"),
        ({"budget": {"val_dataloader": None}}, [0.1], "there is no val_dataloader"),
    ],
)
def test_rates_that_cannot_be_chosen_from_are_refused(configs, options, rates, message):
    comparison, _ = read_comparison(configs, **options)
    with pytest.raises(ValueError, match=message):
        trials(comparison, rates)


def test_methods_have_names_of_their_own(configs, tmp_path):
    path = tmp_path / "both.py"
    path.write_text('configs = dict(constant="first.py", b="second.py")')
    with pytest.raises(ValueError, match=r"\['constant'\] are names of baselines"):
        read_comparison([path])
    path.write_text('configs = ["first.py", "second.py"]')
    with pytest.raises(ValueError, match="has no `configs`, paths by name"):
        read_comparison([path])


def test_a_dict_over_a_list_is_explained(configs):
    with pytest.raises(ValueError, match=r"first\.py has a list .* add _delete_=True"):
        read_comparison(configs, {"param_scheduler": {"type": "ConstantLR"}})


def test_hooks_are_told_wherever_they_stand(configs):
    with configs[1].open("a") as file:
        file.write('default_hooks = dict(ema=dict(type="EMAHook"), logger=dict(interval=1))\n')
    methods = read_comparison(configs)[0].arms
    assert unshared(methods) == {"hooks": [["first"], ["second"]]}
    assert decisive(methods["first"]) != decisive(methods["second"])


def test_knowledge_that_one_method_has_is_told(configs):
    with configs[1].open("a") as file:
        file.write('model["encoder"]["encoder_weights"] = "detector.pth"\n')
    methods = read_comparison(configs)[0].arms
    assert unshared(methods) == {"model.encoder.encoder_weights": [["first"], ["second"]]}


def test_one_config_alone_is_no_comparison(configs):
    with pytest.raises(ValueError, match="has no `configs`"):
        read_comparison(configs[:1])


def test_learning_rates_reach_the_schedule_and_leave_the_config_alone(configs):
    cfg = Config.fromfile(configs[0])
    study = Study("s", {"first": cfg}, ("test",), learning_rates={"first": 0.25})
    changed = study.config("first", 1)
    assert changed.optim_wrapper.optimizer.lr == 0.25
    assert changed.param_scheduler == [
        {"type": "OneCycleLR", "eta_max": 0.25},
        {"type": "CosineAnnealingLR"},
    ]
    assert cfg.optim_wrapper.optimizer.lr == 1.0 and cfg.param_scheduler[0].eta_max == 1.0


def tuning_runs(comparison, rates, folder):
    """Runs of the tuning by name."""
    studies = trials(comparison, rates)
    runs = [run for study in studies for run in runs_of(study, folder, study.arms, [7])]
    return {run.name: run for run in runs}


def test_rates_are_chosen_by_validation_once_all_are_tried(configs, tmp_path, write_run):
    comparison, rates = read_comparison(configs, learning_rates=[0.2, 0.1])
    runs = tuning_runs(comparison, rates, tmp_path)
    assert runs["first/lr0.2/seed7"].folder == tmp_path / "first/lr0.2/seed7"
    for method, score in (("first/lr0.1", 60), ("first/lr0.2", 70), ("second/lr0.1", 80)):
        write_run(runs[f"{method}/seed7"], SENTENCE, score, split="val")
    # A better test does not count, and a method with an untried rate waits.
    write_run(runs["first/lr0.1/seed7"], SENTENCE, 99, split="test")
    found = tried_rates(list(runs.values()))
    assert {method: entry["chosen"] for method, entry in found.items()} == {"first": 0.2}
    assert found["first"]["tried"]["0.1"] == {
        "Sm": 30.0,
        "flag_accuracy": 60,
        "sees_change": False,
        "results": str(tmp_path / "first/lr0.1/seed7/val.jsonl"),
    }
    # The chosen rate's run is not trained again.
    study = tuned(comparison, found)
    assert list(study.arms) == ["first"] and study.splits == ("test",)
    assert runs_of(study, tmp_path, study.arms, [7])[0].folder == tmp_path / "first/lr0.2/seed7"


def test_a_rate_that_lets_a_method_see_change_comes_first(configs, tmp_path, write_run):
    comparison, rates = read_comparison(configs, learning_rates=[0.1, 0.2])
    runs = tuning_runs(comparison, rates, tmp_path)
    # Of eight pairs half are changed: 50 + 1.96 * 17.7 must be exceeded.
    for rate, flag, score in ((0.1, 84.0, 70.0), (0.2, 85.0, 60.0)):
        for method in ("first", "second"):
            run = runs[f"{method}/lr{rate}/seed7"]
            write_run(run, SENTENCE, flag, split="val", score=score)
    found = tried_rates(list(runs.values()))
    assert [entry["chosen"] for entry in found.values()] == [0.2, 0.2]


def test_the_toolbox_compares_the_same_methods_on_generated_and_on_real_pairs():
    init_default_scope("mmrsicc")
    paths = [path for path in COMPARISONS.glob("*/methods_*.py") if path.parent.name != "bands"]
    studies = {path.stem: read_comparison([path])[0] for path in paths}
    real = studies["methods_levircc-real-128"].arms
    assert len(studies) == 3 and all(list(study.arms) == list(real) for study in studies.values())
    for cfg in (cfg for study in studies.values() for cfg in study.arms.values()):
        schedules = [h for h in cfg.get("custom_hooks", []) if h.type == "FlagScheduleHook"]
        assert all(hook.taught_epochs < cfg.train_cfg.max_epochs for hook in schedules)
    for name, cfg in studies["methods_synthcc-tiny-frozen"].arms.items():
        assert cfg.model.encoder == real[name].model.encoder
        assert cfg.train_dataloader.batch_size == real[name].train_dataloader.batch_size
        assert cfg.train_dataloader.dataset.type == "SynthCCDataset"


def test_bands_are_compared_on_the_same_scenes_by_the_same_network():
    init_default_scope("mmrsicc")
    study, _ = read_comparison([COMPARISONS / "bands" / "methods_synthcc-bands.py"])
    ours = ("model.encoder.statistics", "model.encoder.stems", "model.encoder.backbone")
    assert {key for key in unshared(study.arms) if key.startswith("model")} == {
        *ours,
        "model.speaker.tokenizer",
    }
    for cfg in study.arms.values():
        tokenizer = cfg.model.speaker.tokenizer
        # Another folder's captions are the same ones.
        assert tokenizer.ann_file == f"{cfg.test_dataloader.dataset.data_root}/LevirCCcaptions.json"
        backbone = {k: v for k, v in cfg.model.encoder.backbone.items() if k != "in_channels"}
        assert backbone == study.arms["RGB"].model.encoder.backbone
