"""Ground sampling distances of data sets."""

import pytest
from mmengine import Config

from mmrsicc.datasets import SynthCCDataset
from mmrsicc.utils.provenance import provenance
from mmrsicc.utils.training_gsd import as_range, dataset_gsd


def test_published_data_sets_have_what_their_papers_say():
    for name, expected in {
        "LEVIRCCDataset": (0.5, 0.5),
        "LEVIRMCIDataset": (0.5, 0.5),
        "mmrsicc.SynthCCDataset": (0.5, 0.5),
        "DubaiCCDataset": (30, 30),
        "WHUCDCDataset": (0.075, 0.075),
        "SECONDCCDataset": (0.3, 3),
        "ChangeCaptionDataset": None,
    }.items():
        assert dataset_gsd({"type": name}) == expected, name
    assert dataset_gsd({"type": SynthCCDataset}) == (0.5, 0.5)
    assert dataset_gsd(None) is None


def test_a_config_states_that_of_own_data():
    own = {"type": "ChangeCaptionDataset", "metainfo": {"gsd": 0.3}}
    assert dataset_gsd(own) == (0.3, 0.3)
    assert dataset_gsd({"type": "LEVIRCCDataset", "metainfo": {"gsd": [2, 1]}}) == (1, 2)
    assert dataset_gsd({"type": "LEVIRCCDataset", "metainfo": {}}) == (0.5, 0.5)


@pytest.mark.parametrize("wrong", [None, 0, -1, "0.5", [], [1, 2, 3], float("nan"), [1, "a"], {}])
def test_what_is_no_distance_is_not_known(wrong):
    assert as_range(wrong) is None


def test_a_type_from_a_file_is_never_imported():
    assert dataset_gsd({"type": "subprocess.check_output"}) is None
    assert dataset_gsd({"type": "antigravity.X", "metainfo": "touch x"}) is None


def test_a_training_leaves_it_in_its_checkpoints():
    dataset = {"type": "ChangeCaptionDataset", "ann_file": "a.json", "metainfo": {"gsd": 0.3}}
    cfg = Config({"model": {}, "train_dataloader": {"dataset": dataset}})
    assert provenance(cfg)["training_gsd"] == (0.3, 0.3)
    assert provenance(Config({"model": {}}))["training_gsd"] is None
