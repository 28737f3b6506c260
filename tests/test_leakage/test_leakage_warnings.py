"""What is said of a captioner whose detector's source overlaps with the test data."""

import json

import pytest
from mmengine import Config

from mmrsicc.leakage import leakage_warnings


def config(source=None, kind="LEVIRCCDataset", **rest):
    detector = None if source is None else {"type": "Any", "source_dataset": source}
    dataset = {"type": kind, "split": "test"}
    model = {"type": "ChangeCaptioner", "change_detector": detector}
    return Config({"model": model, "test_dataloader": {"dataset": dataset}, **rest})


@pytest.fixture
def audit(tmp_path):
    path = tmp_path / "leakage.json"
    splits = {"test": {"pairs": 9, "overlapping": 2}, "val": {"pairs": 4, "overlapping": 0}}
    path.write_text(json.dumps({"splits": splits}))
    return path


@pytest.mark.parametrize(
    ("source", "kind", "presumed"),
    [
        ("LEVIR-CD", "LEVIRCCDataset", True),
        ("LEVIR-CD+", "mmrsicc.LEVIRMCIDataset", True),
        ("SYSU-CD + LEVIR-CD", "LEVIRCCDataset", True),
        ("WHU-CD", "WHUCDCDataset", True),
        ("WHU-CD", "LEVIRCCDataset", False),
        ("SYSU-CD", "LEVIRCCDataset", False),
        (None, "LEVIRCCDataset", False),
    ],
)
def test_known_pairs_of_data_sets(source, kind, presumed):
    found = leakage_warnings(config(source, kind))
    assert len(found) == presumed
    assert all("not a transfer result" in w and "presumed" in w for w in found)


def test_an_audit_decides(audit):
    cfg = config("SYSU-CD", leakage_audit=str(audit))
    (found,) = leakage_warnings(cfg)
    assert "not a transfer result: 2 of 9 pairs of split 'test'" in found
    cfg.test_dataloader.dataset.split = "val"
    assert leakage_warnings(cfg) == []
    # Also against what is presumed.
    cfg.model.change_detector.source_dataset = "LEVIR-CD"
    assert leakage_warnings(cfg) == []


def test_an_audit_that_says_nothing_of_the_test_is_refused(audit, tmp_path):
    cfg = config("SYSU-CD", leakage_audit=str(audit))
    cfg.test_dataloader.dataset.split = "test_distractor"
    with pytest.raises(ValueError, match="not split 'test_distractor'"):
        leakage_warnings(cfg)
    with pytest.raises(FileNotFoundError, match="make it with"):
        leakage_warnings(config(leakage_audit=str(tmp_path / "none.json")))
    audit.write_text("[]")
    with pytest.raises(ValueError, match=r"name its leakage\.json"):
        leakage_warnings(config(leakage_audit=str(audit)))
