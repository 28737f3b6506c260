"""Every config builds its model, with words in place of the data set's, as large as it says."""

from pathlib import Path

import pytest
import yaml
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.apis.model_listing import _NO_CAPTIONERS
from mmrsicc.models.parameters import count_parameters
from mmrsicc.registry import MODELS

CONFIGS = Path(__file__).parents[1] / "configs"
#: Studies are no configs.
LEAVES = sorted(
    path
    for path in CONFIGS.rglob("*.py")
    if "_base_" not in path.parts and not path.stem.startswith(("study", "methods_"))
)
#: Among them a no-change sentence, which a change decision needs.
WORDS = ["<pad>", "<unk>", "<start>", "<end>", *"there is no difference".split()]  # noqa: SIM905
WORDS += [f"word{i}" for i in range(428)]
PARTS = ("backbone", "change_detector", "neck", "mask_head", "flag_head", "head")


def stated_parameters():
    """What the metafiles say of captioners, by config."""
    models = [
        model
        for path in CONFIGS.glob("*/metafile.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["Models"]
    ]
    return {m["Config"]: m["Metadata"].get("Parameters") for m in models}


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_the_model_builds(path):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    if "speaker" in cfg.model:
        cfg.model.speaker.tokenizer = {"type": "Vocabulary", "words": WORDS}
    model = MODELS.build(cfg.model)
    learns = any(parameter.requires_grad for parameter in model.parameters())
    assert learns is (cfg.get("train_cfg") is not None)
    if path.parent.parent == CONFIGS:  # Those that are listed by their folder.
        assert (path.parent.name in _NO_CAPTIONERS) == (cfg.model.type != "ChangeCaptioner")
    if path.parent.parent != CONFIGS:
        return  # A part of a study, not in the model zoo.
    stated = stated_parameters()[f"configs/{path.parent.name}/{path.name}"]
    assert (stated is not None) == ("speaker" in cfg.model)
    if stated is not None:
        counts = count_parameters(model)
        count = sum(counts[name]["total"] for name in PARTS if name in counts)
        assert f"{count / 1e6:.1f} M" == stated


@pytest.mark.parametrize("path", [p for p in LEAVES if "dubaicc" in p.stem], ids=lambda p: p.stem)
def test_no_word_of_dubai_cc_is_rare(path):
    tokenizer = Config.fromfile(path).model.speaker.tokenizer
    assert tokenizer.type == "BytePairs" or tokenizer.min_count == 1


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_the_rate_belongs_to_the_batch(path):
    """Else --auto-scale-lr would change the rate of a config that was not changed."""
    cfg = Config.fromfile(path)
    if (scaling := cfg.get("auto_scale_lr")) and (loader := cfg.get("train_dataloader")):
        assert scaling.base_batch_size == loader.batch_size
