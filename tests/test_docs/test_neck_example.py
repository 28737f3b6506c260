"""The worked example of the guide trains."""

import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from data.make_levir_layout import make_levir_cc

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "en" / "advanced_guides" / "examples"

CONFIG = """
_base_ = ["{examples}/dfm_levircc-mini_last-scale.py"]

model = dict(
    encoder=dict(
        backbone=dict(embed_dims=8, num_layers=[1, 1, 1, 1], num_heads=[1, 1, 2, 2]),
    ),
    speaker=dict(
        head=dict(dims=32, num_heads=4),
        tokenizer=dict(ann_file="{data}/LevirCCcaptions.json"),
    ),
    losses=dict(
        tgcl=dict(
            text_encoder=dict(_delete_=True, type="HashedNgramEncoder"),
            cache_dir="{data}/cache",
        )
    ),
)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        data_root="{data}",
        pipeline=[
            dict(type="LoadPair"),
            dict(type="ResizePair", scale=(64, 64)),
            dict(type="PackChangeInputs"),
        ],
    ),
)
train_cfg = dict(max_epochs=2)
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(interval=1, max_keep_ckpts=2))
work_dir = "{data}/work"
"""


def test_the_neck_trains_from_outside_the_package(tmp_path):
    data = make_levir_cc(tmp_path)
    config = data / "tiny.py"
    config.write_text(CONFIG.format(examples=EXAMPLES, data=data))
    done = subprocess.run(
        [sys.executable, "tools/train.py", str(config), "--no-validate"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, EXAMPLES))),
            "CUDA_VISIBLE_DEVICES": "",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]

    (log,) = (data / "work").glob("*/vis_data/scalars.json")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(rows) == 2  # 4 pairs, a batch of 4, 2 epochs
    assert all(row["loss_caption"] > 0 for row in rows) and rows[1]["loss_tgcl"] > 0
    first, second = (
        torch.load(data / "work" / f"epoch_{n}.pth", weights_only=True)["state_dict"]
        for n in (1, 2)
    )
    weight = first["encoder.neck.project.weight"]
    assert weight.shape == (256, 16, 1, 1)  # out_channels of the example, 2 x 8 of the backbone
    assert not torch.equal(weight, second["encoder.neck.project.weight"])
    assert not any("change_detector" in key for key in first)


def test_the_neck_gives_the_last_difference(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from last_scale_neck import LastScaleNeck

    torch.manual_seed(0)
    neck = LastScaleNeck(in_channels=(4, 8), out_channels=6)
    before, after = (
        (torch.randn(2, 4, 6, 6), torch.randn(2, 8, 3, 3)),
        (torch.randn(2, 4, 6, 6), torch.randn(2, 8, 3, 3)),
    )
    there, back = neck(before, after), neck(after, before)
    assert there.tokens.shape == (2, 9, neck.out_channels)
    torch.testing.assert_close(there.tokens, -back.tokens)
    place = neck.project.weight[:, :, 0, 0] @ (after[1] - before[1])[1, :, 2, 0]
    torch.testing.assert_close(there.tokens[1, 6], place)  # row 2, column 0 of 3 x 3
    torch.testing.assert_close(there.pooled, there.tokens.mean(1))
