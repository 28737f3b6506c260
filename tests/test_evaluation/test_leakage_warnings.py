"""What is said of a captioner whose detector's source overlaps with the test data."""

import json

import pytest
from mmengine import Config

from mmrsicc.evaluation.leakage_warnings import leakage_warnings


def config(source=None, kind="LEVIRCCDataset", part="change_detector", **rest):
    key = "given_by" if part == "token_mask" else "source_dataset"
    dataset = {"type": kind, "split": "test"}
    half = "speaker" if part == "token_mask" else "encoder"
    model = {"type": "ChangeCaptioner", half: {part: None if source is None else {key: source}}}
    return Config({"model": model, "test_dataloader": {"dataset": dataset}, **rest})


@pytest.fixture
def audit(tmp_path):
    path = tmp_path / "leakage.json"
    splits = {"test": {"pairs": 9, "overlapping": 2}, "val": {"pairs": 4, "overlapping": 0}}
    names = {"source_dataset": "SYSU-CD", "target_dataset": "LEVIR-CC"}
    path.write_text(json.dumps({"splits": splits, **names}))
    return path


@pytest.mark.parametrize(
    ("source", "kind", "presumed"),
    [
        ("LEVIR-CD", "LEVIRCCDataset", True),
        ("LEVIR-CD", "LEVIRCCRealDataset", True),
        ("LEVIR-CD+", "mmrsicc.LEVIRMCIDataset", True),
        ("SYSU-CD + LEVIR-CD", "LEVIRCCDataset", True),
        ("WHU-CD", "WHUCDCDataset", True),
        ("LEVIR-CD-256", "LEVIRCCDataset", True),
        ("levir-cd", "LEVIRCCDataset", True),
        ("LEVIR CD256", "LEVIRCCDataset", True),
        ("levircd", "LEVIRCCDataset", True),
        ("LEVIR-CD/SYSU-CD", "LEVIRCCDataset", True),
        ("SYSU-CD,LEVIR_CD", "LEVIRCCDataset", True),
        ("SECOND", "SECONDCCDataset", True),
        ("SECOND-CC", "SECONDCCDataset", False),
        ("LEVIR-CDC", "LEVIRCCDataset", False),
        ("xLEVIR-CD", "LEVIRCCDataset", False),
        ("LEVIR-CD", "ConcatDataset", False),
        ("WHU-CD", "LEVIRCCDataset", False),
        ("SYSU-CD", "LEVIRCCDataset", False),
        (None, "LEVIRCCDataset", False),
    ],
)
def test_known_pairs_of_data_sets(source, kind, presumed):
    found = leakage_warnings(config(source, kind))
    assert len(found) == presumed
    assert all("not a transfer result" in w and "presumed" in w for w in found)


@pytest.mark.parametrize("part", ["change_detector", "encoder_weights", "token_mask"])
def test_each_part_that_knows_of_change_counts(part):
    (found,) = leakage_warnings(config("BIT trained on LEVIR-CD", part=part))
    assert "comes from BIT trained on LEVIR-CD" in found and "(LEVIR-CC)" in found


def test_an_audit_decides(audit):
    cfg = config("SYSU-CD", leakage_audit=str(audit))
    (found,) = leakage_warnings(cfg)
    assert "not a transfer result: 2 of 9 pairs of split 'test'" in found
    cfg.test_dataloader.dataset.split = "val"
    assert leakage_warnings(cfg) == []
    # Also against what is presumed.
    audit.write_text(audit.read_text().replace("SYSU-CD", "LEVIR-CD"))
    cfg.model.encoder.change_detector.source_dataset = "LEVIR-CD"
    assert leakage_warnings(cfg) == []


def test_an_audit_of_other_data_silences_nothing(audit):
    said, presumed = leakage_warnings(config("LEVIR-CD", leakage_audit=str(audit)))
    assert "compares SYSU-CD with LEVIR-CC: it says nothing of LEVIR-CD and LEVIR-CC" in said
    assert "not a transfer result" in presumed
    (said,) = leakage_warnings(config("SYSU-CD", "WHUCDCDataset", leakage_audit=str(audit)))
    assert "says nothing of SYSU-CD and WHU-CDC" in said
    cfg = config("SYSU-CD", leakage_audit=str(audit))
    cfg.model.encoder.encoder_weights = {"source_dataset": "LEVIR-CD"}
    audited, said, presumed = leakage_warnings(cfg)
    assert "2 of 9 pairs" in audited and "nothing of LEVIR-CD" in said and "presumed" in presumed
    # What is told by nobody, or by the annotation, needs no audit.
    assert leakage_warnings(config(leakage_audit=str(audit))) == []
    cfg = config("ground truth", part="token_mask", leakage_audit=str(audit))
    assert leakage_warnings(cfg) == []


def test_an_audit_that_says_nothing_of_the_test_is_refused(audit, tmp_path):
    cfg = config("SYSU-CD", leakage_audit=str(audit))
    cfg.test_dataloader.dataset.split = "test_distractor"
    with pytest.raises(ValueError, match="not split 'test_distractor'"):
        leakage_warnings(cfg)
    with pytest.raises(FileNotFoundError, match="make it with"):
        leakage_warnings(config(leakage_audit=str(tmp_path / "none.json")))
    for content in ("[]", '{"splits": {}}'):
        audit.write_text(content)
        with pytest.raises(ValueError, match=r"is no leakage\.json, or an older one"):
            leakage_warnings(config(leakage_audit=str(audit)))
