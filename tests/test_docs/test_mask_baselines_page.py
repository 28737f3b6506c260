"""The page on change detection holds what was measured of methods without labels."""

import json
from pathlib import Path

import pytest

from mmrsicc.change_maps import METHODS, change_mask
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.pair_values import read_pair_values
from mmrsicc.evaluation.baselines.own_thresholds import answers_table
from mmrsicc.evaluation.baselines.unsupervised_masks import methods_table

DOCS = Path(__file__).parents[2] / "docs" / "en"
MEASURED = json.loads((DOCS / "notes" / "mask_baselines.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "user_guides" / "change_detection.md").read_text(encoding="utf-8")


def test_the_table_of_masks_is_that_of_the_scores():
    assert methods_table(MEASURED["masks"]) in PAGE


@pytest.mark.parametrize("key", ["learned", "trained"])
def test_the_tables_with_intervals_are_those_of_the_scores(key):
    assert answers_table(MEASURED[key]) in PAGE


def test_the_table_of_flags_is_that_of_the_scores():
    for method, found in MEASURED["flags"].items():
        values = [found[f"flag_{name}"] for name in ("precision", "recall", "accuracy")]
        assert f"| `{method}` | " + " | ".join(f"{v:.2f}" for v in values) + " | " in PAGE


@pytest.mark.parametrize("method", ["cva", "pca-kmeans", "irmad", "isfa"])
def test_a_real_pair_has_the_measured_scores(real_data, method):
    """Rennes of OSCD, whose threshold is found on the pair itself."""
    (measured,) = (found for found in MEASURED["masks"] if found["data"] == "oscd_mini")
    paths = [real_data / "change_detection/oscd/test" / d / "rennes.png" for d in ("A", "B")]
    before, after, valid = read_pair_values(*paths)
    found = change_mask(METHODS[method]()(before, after, valid), "otsu") > 0
    changed = read_mask(paths[0].parents[1] / "label" / "rennes.png", binary=True) > 0
    f1 = 200 * (found & changed).sum() / (found.sum() + changed.sum())
    assert f1 == pytest.approx(measured["methods"][method]["scores"]["otsu"]["mask/F1"], abs=0.05)
