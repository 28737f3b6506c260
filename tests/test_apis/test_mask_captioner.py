"""Joint training on masks, from the config to scores and masks of pairs."""

from pathlib import Path

import numpy as np
import pytest
from data.make_levir_layout import make_levir_cc
from mmengine import Config
from mmengine.runner import Runner

from mmrsicc.apis import ChangeCaptionInferencer

ROOT = Path(__file__).parents[2]
CONFIG = """
_base_ = ["{root}/configs/dfm/transfer/dfm_multitask_levirmci.py"]

data = dict(data_root="{data}", caption_mode="first")
loader = dict(batch_size=2, num_workers=0, persistent_workers=False, dataset=data)
train_dataloader = loader
val_dataloader = loader
test_dataloader = loader
pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(64, 64)),
    dict(type="PackChangeInputs"),
]
for loader in (train_dataloader, val_dataloader, test_dataloader):
    loader["dataset"] = dict(data, pipeline=pipeline)
del loader
model = dict(
    backbone=dict(
        embed_dims=8, num_layers=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], init_cfg=None
    ),
    neck=dict(channels=32, out_channels=32, grid_size=2, num_layers=1),
    head=dict(dims=32),
    mask_head=dict(channels=32),
    tokenizer=dict(ann_file="{data}/LevirCCcaptions.json", min_count=1),
)
evaluator = [
    dict(type="ChangeCaptionMetric", scorers=("BLEU", "ROUGE-L", "CIDEr-D")),
    dict(type="MaskClassMetric", names=("unchanged", "road", "building")),
]
val_evaluator = evaluator
test_evaluator = evaluator
custom_hooks = [
    dict(
        type="TrainingPhasesHook",
        phases=[
            dict(begin=1, losses=["caption"], trained=["neck.spatial", "head"]),
            dict(begin=2, losses=["mask"], trained=["mask_head"]),
        ],
    )
]
train_cfg = dict(max_epochs=3)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
work_dir = "{data}/work"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A whole run's work dir, and the scores of its last epoch."""
    data = make_levir_cc(tmp_path_factory.mktemp("mci"), pairs=(4, 2, 4), size=64, masks=True)
    path = data / "tiny.py"
    path.write_text(CONFIG.format(root=ROOT, data=data))
    runner = Runner.from_cfg(Config.fromfile(path))
    runner.train()
    return data, runner.test()


def test_mask_iou_stands_beside_caption_scores(run):
    data, scores = run
    assert {"BLEU-4", "classes/mIoU", "classes/IoU_road", "classes/IoU_building"} <= set(scores)
    assert list((data / "work").glob("best_classes_mIoU_*.pth"))


def test_a_mask_comes_with_each_sentence(run):
    data, _ = run
    folders = [data / "images" / "test" / date for date in "AB"]
    captioner = ChangeCaptionInferencer(data / "work" / "epoch_3.pth", device="cpu")
    results = captioner((str(folders[0]), str(folders[1])))
    assert len(results) == 4
    for result in results:
        assert result.caption and result.error is None
        assert result.mask.shape == (64, 64) and set(np.unique(result.mask)) <= {0, 1, 2}
