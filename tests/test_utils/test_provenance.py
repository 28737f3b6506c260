"""What stands in a checkpoint and beside a results file, from configs alone."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from mmengine import Config

from mmrsicc.registry import DATASETS, TASK_UTILS
from mmrsicc.utils.provenance import (
    provenance,
    results_record,
    selection_warnings,
    sha256,
    with_defaults,
)


def _loader(split, **fields):
    return {"dataset": {"type": "LEVIRCCDataset", "data_root": "data", "split": split, **fields}}


@pytest.fixture
def cfg() -> Config:
    return Config(
        {
            "model": {
                "type": "ChangeCaptioner",
                "speaker": {
                    "decoding": {"type": "BeamSearch", "max_length": 30},
                    "tokenizer": {"type": "Vocabulary", "preset": "chg2cap", "ann_file": "a.json"},
                },
            },
            "train_dataloader": _loader("train", no_change_policy="collapse"),
            "val_dataloader": _loader("val"),
            "test_dataloader": _loader("test"),
            "test_evaluator": {"type": "ChangeCaptionMetric", "protocol": "ptb"},
            "default_hooks": {"checkpoint": {"save_best": "BLEU-4"}},
            "randomness": {"seed": 7},
        }
    )


def test_a_training_says_what_its_scores_depend_on(cfg):
    said = provenance(cfg)
    assert said["seed"] == 7 and "torch" in said["versions"] and said["command"]
    assert said["decoding"] == {
        "type": "BeamSearch",
        "beam_size": 3,
        "max_length": 30,
        "length_penalty": 1.0,
    }
    # Which preset and file, and by default which splits: the words stand elsewhere.
    assert said["vocabulary"]["preset"] == "chg2cap" and "words" not in said["vocabulary"]
    data = {"type": "LEVIRCCDataset", "data_root": "data", "ann_file": "LevirCCcaptions.json"}
    assert said["training"] == {
        **data,
        "split": "train",
        "no_change_policy": "collapse",
        "no_change_sentence": "the scene is the same as before",
    }
    assert said["selection"] == {**data, "split": "val", "score": "BLEU-4"}


def test_without_validation_there_is_no_selection(cfg):
    cfg.val_dataloader, cfg.default_hooks = None, {}
    said = provenance(cfg)
    assert said["selection"] == {"split": None, "score": None}
    assert selection_warnings(said) == []


def test_masks_in_folders_have_no_splits(cfg):
    def folder(name):
        return {"dataset": {"type": "ChangeDetectionDataset", "data_root": f"masks/{name}"}}

    cfg.model = {"type": "SiameseChangeDetector"}
    cfg.val_dataloader = None
    tested = folder("test")["dataset"]
    assert selection_warnings(provenance(cfg), tested) == []
    cfg.val_dataloader = folder("val")
    assert selection_warnings(provenance(cfg), tested) == []
    cfg.val_dataloader = folder("test")
    (warning,) = selection_warnings(provenance(cfg), tested)
    assert "on split 'test'" in warning


def test_the_record_of_a_test(cfg, tmp_path):
    checkpoint = tmp_path / "epoch_1.pth"
    torch.save({"state_dict": {"w": torch.zeros(3)}}, checkpoint)
    trained = provenance(cfg)
    record = results_record(cfg, "dfm.py", str(checkpoint), trained, {"BLEU-4": 1.0})
    assert record["scores"] == {"BLEU-4": 1.0} and record["warnings"] == []
    assert record["checkpoint_sha256"] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert record["data"]["split"] == "test"
    (metric,) = record["metrics"]
    assert metric["protocol"] == "ptb" and metric["meteor"] == "python"
    assert record["tested"]["decoding"]["max_length"] == 30
    assert record["trained"]["training"]["no_change_policy"] == "collapse"
    assert json.loads(json.dumps(record))["trained"]["selection"]["split"] == "val"


def test_a_model_without_weights_was_not_chosen(cfg):
    record = results_record(cfg, "constant.py", None, {}, {})
    assert record["checkpoint_sha256"] is None and record["warnings"] == []


def test_choosing_on_the_test_split_is_said(cfg):
    cfg.val_dataloader = _loader("test")
    (warning,) = selection_warnings(provenance(cfg))
    assert "chosen by BLEU-4 on split 'test'" in warning and "split='val'" in warning
    cfg.default_hooks = {}
    (warning,) = selection_warnings(provenance(cfg))
    assert "validated on split 'test'" in warning


def test_scoring_the_split_that_was_chosen_on_is_said(cfg):
    trained = provenance(cfg)
    tested = {"type": "LEVIRCCDataset", "data_root": "data", "split": "val"}
    (warning,) = selection_warnings(trained, tested)
    assert "on split 'val'" in warning
    # Choosing on val is right, reporting it is not.
    assert "report those of another split" in warning and "val_dataloader" not in warning
    assert selection_warnings(trained, {"type": "DubaiCCDataset", "split": "val"}) == []
    assert selection_warnings(trained, {"type": "LEVIRCCDataset", "split": "test"}) == []
    # A folder has several spellings.
    for root in ("data/", "./data", str(Path("data").absolute())):
        assert len(selection_warnings(trained, {**tested, "data_root": root})) == 1
    assert selection_warnings(trained, {**tested, "data_root": "other"}) == []
    # What older checkpoints say of it.
    older = {"selection": {"split": "val", "score": "BLEU-4"}}
    assert len(selection_warnings(older, tested)) == 1


def test_a_checkpoint_that_says_nothing_is_no_clean_one(cfg, tmp_path):
    checkpoint = tmp_path / "foreign.pth"
    checkpoint.write_bytes(b"weights")
    record = results_record(cfg, "c.py", str(checkpoint), {}, {})
    assert record["warnings"] == ["the checkpoint does not say on which split it was chosen"]
    assert record["checkpoint_sha256"] == sha256(checkpoint)


def test_defaults_come_from_all_classes_that_get_the_arguments():
    data = with_defaults({"type": "LEVIRMCIDataset", "split": "val"}, DATASETS)
    assert data["mask_dir"] == "label" and data["ann_file"] == "LevirCCcaptions.json"
    assert data["no_change_policy"] == "keep" and data["split"] == "val"
    # GreedySearch takes no further arguments, so none of its bases' can be set.
    greedy = with_defaults({"type": "GreedySearch"}, TASK_UTILS)
    assert greedy == {"type": "GreedySearch", "max_length": 42, "length_penalty": 1.0}
    assert with_defaults(None, TASK_UTILS) is None
