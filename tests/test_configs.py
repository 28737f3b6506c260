"""Every config builds its model, with words in place of the data set's."""

from pathlib import Path

import pytest
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.registry import MODELS

CONFIGS = Path(__file__).parents[1] / "configs"
LEAVES = sorted(path for path in CONFIGS.glob("*/*.py") if path.parent.name != "_base_")


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_the_model_builds(path):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    if "tokenizer" in cfg.model:
        words = ["<pad>", "<unk>", "<start>", "<end>", "house"]
        cfg.model.tokenizer = {"type": "Vocabulary", "words": words}
    model = MODELS.build(cfg.model)
    learns = any(parameter.requires_grad for parameter in model.parameters())
    assert learns is (cfg.get("train_cfg") is not None)
