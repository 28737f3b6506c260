"""Ground sampling distances of data sets."""

import pytest
from mmengine import Config

from mmrsicc.datasets import SynthCCDataset
from mmrsicc.utils.provenance import provenance
from mmrsicc.utils.training_gsd import TrainingGsd


def ends(dataset):
    gsd = TrainingGsd.of_dataset(dataset)
    return gsd and (gsd.least, gsd.greatest)


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
        assert ends({"type": name}) == expected, name
    assert ends({"type": SynthCCDataset}) == (0.5, 0.5)
    assert ends(None) is None
    assert (
        str(TrainingGsd.of_dataset({"type": "LEVIRCCDataset"})) == "0.5 m (the images of LEVIR-CC)"
    )


def test_a_config_states_that_of_own_data():
    own = {"type": "LEVIRCCDataset", "metainfo": {"gsd": [2, 1]}}
    assert str(TrainingGsd.of_dataset(own)) == "1 to 2 m (by its config)"
    assert ends({"type": "ChangeCaptionDataset", "metainfo": {"gsd": 0.3}}) == (0.3, 0.3)
    assert ends({"type": "LEVIRCCDataset", "metainfo": {}}) == (0.5, 0.5)


@pytest.mark.parametrize("wrong", [None, 0, -1, "0.5", [], [1, 2, 3], float("nan"), [1, "a"], {}])
def test_what_is_no_distance_is_not_known(wrong):
    assert ends({"type": "ChangeCaptionDataset", "metainfo": {"gsd": wrong}}) is None
    assert TrainingGsd.from_record({"least": wrong, "greatest": 1, "source": "x"}) is None
    assert TrainingGsd.from_record(wrong) is None


def test_a_type_from_a_file_is_never_imported():
    assert ends({"type": "subprocess.check_output"}) is None
    assert ends({"type": "antigravity.X", "metainfo": "touch x"}) is None


def test_a_training_leaves_it_in_its_checkpoints():
    dataset = {"type": "ChangeCaptionDataset", "ann_file": "a.json", "metainfo": {"gsd": 0.3}}
    cfg = Config({"model": {}, "train_dataloader": {"dataset": dataset}})
    record = provenance(cfg)["training_gsd"]
    assert record == {"least": 0.3, "greatest": 0.3, "source": "by its config"}
    assert TrainingGsd.from_record(record) == TrainingGsd(0.3, 0.3, "by its config")
    assert provenance(Config({"model": {}}))["training_gsd"] is None
