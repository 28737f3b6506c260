"""The published data sets: read as published, and trained on by their base configs."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from data.make_caption_layouts import (
    BUILDING,
    DUBAI_CHANGE,
    FOREST_CHANGE,
    SECOND_NO_CHANGE,
    TREE,
    WHITE,
    make_changechat,
    make_dubai_cc,
    make_forest_change,
    make_second_cc,
    make_whu_cdc,
)
from data.make_levir_layout import CHANGE, NO_CHANGE, make_levir_cc
from mmengine.config import Config
from PIL import Image

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.datasets import (
    DubaiCCDataset,
    ForestChangeDataset,
    LEVIRCCDataset,
    SECONDCCDataset,
    WHUCDCDataset,
)
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.image_io import read_class_map
from mmrsicc.datasets.transforms.directions import orient
from mmrsicc.datasets.verify import verify_dataset
from mmrsicc.registry import MODELS
from mmrsicc.tokenizers import Vocabulary

CONFIGS = Path(__file__).parents[2] / "configs" / "_base_" / "datasets"
PACK = [{"type": "LoadPair"}, {"type": "PackChangeInputs"}]
MAPS = ("sem/A", "sem/B")


def test_dubai_cc_joins_three_files_and_two_folders(tmp_path):
    root = make_dubai_cc(tmp_path)
    sizes = {"train": 4, "val": 2, "test": 2}
    for split, pairs in sizes.items():
        dataset = DubaiCCDataset(data_root=str(root), split=split, pipeline=PACK, test_mode=True)
        assert len(dataset) == pairs
        assert [date.shape for date in dataset[0]["inputs"]] == [(3, 50, 50)] * 2
    dataset = DubaiCCDataset(data_root=str(root), test_mode=True)
    train = [dataset.get_data_info(i) for i in range(4)]
    assert train[0]["before_path"] == str(root / "imgs_tiles/RGB/500_2000/0x0.tif")
    assert train[0]["after_path"] == str(root / "imgs_tiles/RGB/500_2010/0x0.tif")
    assert train[0]["captions"][1] == "nothing has changed in this area"
    assert train[3]["captions"] == [text.lower()[:-1] for text in DUBAI_CHANGE]
    # A pair on which the annotators do not agree counts as changed.
    assert [info["change_flag"] for info in train] == [0, 1, 0, 1]


def test_a_missing_file_of_dubai_cc_is_named(tmp_path):
    root = make_dubai_cc(tmp_path)
    captions = root / "description_jsontr_te_val"
    (root / "imgs_tiles/RGB/500_2010/0x0.tif").unlink()
    with pytest.raises(FileNotFoundError, match=r"500_2010 lacks 1 image .*, the first: 0x0.tif"):
        DubaiCCDataset(data_root=str(root))
    (captions / "Validation_Dubai_CC.json").write_text("{")
    with pytest.raises(ValueError, match=r"Validation_Dubai_CC.json: not valid JSON"):
        DubaiCCDataset(data_root=str(root))
    for file in captions.iterdir():
        file.unlink()
    with pytest.raises(FileNotFoundError, match="description_jsontr_te_val"):
        DubaiCCDataset(data_root=str(root))


def test_the_real_dubai_cc_has_the_published_counts(real_data):
    folder = real_data / "dubai_cc" / "description_jsontr_te_val"
    for split, pairs, unchanged in (("train", 300, 84), ("val", 50, 17), ("test", 150, 44)):
        records = read_split(folder, split)
        assert len(records) == pairs
        assert all(len(record.captions) == 5 for record in records)
        assert sum(record.change_flag == 0 for record in records) == unchanged
        names = (real_data / "dubai_cc" / f"{split}.txt").read_text().split()
        # The published lists have train pairs once per sentence: "1x4.tif-0".
        assert {record.filename for record in records} == {n.partition("-")[0] for n in names}


def test_the_real_dubai_cc_vocabulary_is_the_published_one_in_lower_case(real_data):
    folder = real_data / "dubai_cc"
    vocabulary = Vocabulary(
        ann_file=str(folder / "description_jsontr_te_val"),
        splits=("train", "val", "test"),
        min_count=1,
    )
    published = json.loads((folder / "vocab.json").read_text())
    assert len(published) == 266 and len(vocabulary) == 239
    assert vocabulary.words[4:] == sorted({word.lower() for word in list(published)[4:]})


def test_whu_cdc_reads_masks_of_one_bit(tmp_path):
    root = make_whu_cdc(tmp_path)
    dataset = WHUCDCDataset(data_root=str(root), pipeline=PACK, test_mode=True)
    samples = [dataset[i]["data_samples"] for i in range(4)]
    assert [sample.change_flag for sample in samples] == [0, 1, 0, 1]
    assert samples[0].gt_captions == list(NO_CHANGE) and samples[1].gt_captions == list(CHANGE)
    assert [int(sample.gt_mask.sum()) for sample in samples] == [0, 32, 0, 32]
    without = WHUCDCDataset(data_root=str(root), pipeline=PACK, mask_dir=None, test_mode=True)
    assert "gt_mask" not in without[1]["data_samples"]


def test_forest_change_has_masks_and_no_flags(tmp_path):
    root = make_forest_change(tmp_path)
    turn = {"type": "RandomOrientation", "orientations": ["flip_horizontal"]}
    dataset = ForestChangeDataset(data_root=str(root), pipeline=[PACK[0], turn, PACK[1]])
    sample = dataset[0]["data_samples"]
    assert sample.change_flag == 1 and int(sample.gt_mask.sum()) == 12 * 24
    assert sample.gt_captions[1] == FOREST_CHANGE[1]
    # Tokens are without commas; what is left becomes right with the image.
    assert sample.targets[3] == FOREST_CHANGE[3].replace(",", "").replace("-left", "-right")


def test_captions_of_changechat_are_those_of_levir_cc(tmp_path):
    """Questions about something else are left out; a pair's answers come together."""
    root = make_changechat(tmp_path)
    for split in ("train", "test"):
        ours, theirs = (
            LEVIRCCDataset(data_root=str(root), split=split, ann_file=file, test_mode=True)
            for file in ("changechat", "LevirCCcaptions.json")
        )
        assert [ours[i] for i in range(len(ours))] == [theirs[i] for i in range(len(theirs))]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"id": 1}, "entry 0: neither"),
        ({"conversations": [{"value": 3}, {"value": "x"}]}, "entry 0: neither"),
        ({"captions": ["a"], "image_A": "train/A/1.png"}, "entry 0: its images"),
        ({"captions": ["a"], "image": ["train/A/1.png", "train/B/2.png"]}, "entry 0: its images"),
        ({"captions": ["a"], "image": ["../A/1.png", "../B/1.png"]}, '"filepath" is'),
    ],
)
def test_entries_of_changechat_that_are_wrong_are_named(tmp_path, entry, message):
    (tmp_path / "chat.json").write_text(json.dumps([entry]))
    with pytest.raises(ValueError, match=message):
        read_split(tmp_path / "chat.json", "train")


def test_pairs_may_have_fewer_sentences_than_five(tmp_path):
    """As 53 pairs of SECOND-CC have: read, verified and collapsed as they are."""
    root = make_second_cc(tmp_path, references=2)
    dataset = SECONDCCDataset(data_root=str(root), test_mode=True)
    assert [len(dataset.get_data_info(i)["captions"]) for i in range(4)] == [5, 2, 5, 2]
    each = SECONDCCDataset(data_root=str(root), caption_mode="sentence")
    assert len(each) == 14
    assert verify_dataset(SECONDCCDataset(data_root=str(root), lazy_init=True)) == []


def test_second_cc_is_rgb_alone_unless_maps_are_asked_for(tmp_path):
    root = make_second_cc(tmp_path)
    dataset = SECONDCCDataset(data_root=str(root), pipeline=PACK, test_mode=True)
    info, sample = dataset.get_data_info(0), dataset[0]["data_samples"]
    assert info["before_path"] == str(root / "train/rgb/A/train_00000.png")
    assert info["captions"] == list(SECOND_NO_CHANGE) and info["change_flag"] == 0
    assert "before_semantic" not in sample and "after_semantic" not in sample


def test_semantic_maps_are_classes_that_turn_and_scale_with_the_pair(tmp_path):
    root = make_second_cc(tmp_path)
    classes = list(SECONDCCDataset.METAINFO["semantic_classes"])

    def sample(*steps):
        pipeline = [PACK[0], *steps, PACK[1]]
        dataset = SECONDCCDataset(
            data_root=str(root), semantic_dirs=MAPS, pipeline=pipeline, test_mode=True
        )
        return dataset[1]["data_samples"]

    plain = sample()
    before = np.zeros((16, 16), np.uint8)
    before[:4, :8] = classes.index("tree")
    after = np.where(before > 0, classes.index("building"), 0)
    assert np.array_equal(plain.before_semantic, before)
    assert np.array_equal(plain.after_semantic, after)
    turned = sample({"type": "RandomOrientation", "orientations": ["rot90"]})
    assert np.array_equal(turned.before_semantic, orient(before, "rot90"))
    assert np.array_equal(turned.after_semantic, orient(after, "rot90"))
    doubled = sample({"type": "ResizePair", "scale": (32, 32)})
    assert np.array_equal(doubled.after_semantic, after.repeat(2, 0).repeat(2, 1))
    cropped = sample({"type": "RandomCropPair", "crop_size": (16, 8)})
    assert cropped.before_semantic.shape == cropped.after_semantic.shape == (16, 8)


def test_a_colour_of_no_class_is_named(tmp_path):
    colours = {"unchanged": WHITE, "tree": TREE, "building": BUILDING}
    pixels = np.array([[WHITE, TREE], [BUILDING, (1, 2, 3)]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "map.png")
    with pytest.raises(
        ValueError, match=r"map.png has 1 pixel in .* \(1, 2, 3\).*semantic_classes"
    ):
        read_class_map(tmp_path / "map.png", colours)
    pixels[1, 1] = WHITE
    Image.fromarray(pixels).save(tmp_path / "map.png")
    assert read_class_map(tmp_path / "map.png", colours).tolist() == [[0, 1], [2, 0]]
    # Without colours the file holds the ids.
    Image.fromarray(np.array([[0, 5]], np.uint8)).save(tmp_path / "ids.png")
    assert read_class_map(tmp_path / "ids.png").tolist() == [[0, 5]]


def test_maps_of_another_size_are_refused(tmp_path):
    root = make_second_cc(tmp_path)
    Image.new("RGB", (8, 16), WHITE).save(root / "train/sem/B/train_00000.png")
    dataset = SECONDCCDataset(
        data_root=str(root), semantic_dirs=MAPS, pipeline=PACK, test_mode=True
    )
    with pytest.raises(ValueError, match=r"sem/B/train_00000.png is 8 x 16"):
        dataset[0]


def config_of(name, root, **dataset):
    """A base config of a data set that lies elsewhere, without workers."""
    config = Config.fromfile(CONFIGS / f"{name}.py")
    for split in ("train", "val", "test"):
        config.merge_from_dict(
            {
                f"{split}_dataloader": {
                    "num_workers": 0,
                    "persistent_workers": False,
                    "dataset": {"data_root": str(root), **dataset},
                }
            }
        )
    # The configs' data_root stands before the name of the caption file.
    config.ann_file = config.ann_file.replace(config.data_root, str(root))
    return config


def score(config, tmp_path):
    """What a model without weights gets on the test split of a config."""
    config.merge_from_dict(
        {
            "model": {"type": "ConstantCaptioner", "sentence": "there is no difference"},
            "train_dataloader": None,
            "val_dataloader": None,
            "val_evaluator": None,
            "test_cfg": {},
            "default_scope": "mmrsicc",
            "work_dir": str(tmp_path / "work"),
        }
    )
    return score_checkpoint(config, "config.py", None, tmp_path / "captions.jsonl")


LAYOUTS = {
    "dubai_cc": make_dubai_cc,
    "whu_cdc": make_whu_cdc,
    "second_cc": make_second_cc,
    "second_cc, few sentences": lambda root: make_second_cc(root, references=2),
    "levir_mci": lambda root: make_levir_cc(root, masks=True),
    "forest_change": make_forest_change,
    "changechat": make_changechat,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_base_configs_train_and_test(name, tmp_path):
    """One step of a small captioner, whose loss has gradients; then a test by the same config."""
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    init_default_scope("mmrsicc")
    config = config_of(name.partition(",")[0], LAYOUTS[name](tmp_path / "data"))
    loader = Runner.build_dataloader({**config.train_dataloader, "batch_size": 4}, seed=0)
    model = MODELS.build(
        {
            "type": "ChangeCaptioner",
            "encoder": {
                "backbone": {
                    "type": "mmseg.MixVisionTransformer",
                    "embed_dims": 8,
                    "num_layers": [1, 1, 1, 1],
                    "num_heads": [1, 1, 1, 1],
                },
                "neck": {"type": "SubtractionNeck", "out_channels": 32, "grid_size": 2},
            },
            "speaker": {
                "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 2},
                "tokenizer": {"type": "Vocabulary", "ann_file": config.ann_file, "min_count": 1},
            },
        }
    )
    batch = model.data_preprocessor(next(iter(loader)), training=True)
    assert [date.shape for date in batch["inputs"]] == [(4, 3, 256, 256)] * 2
    loss, _ = model.parse_losses(model(**batch, mode="loss"))
    loss.backward()
    assert torch.isfinite(loss)
    assert all(p.grad.abs().sum() > 0 for p in model.encoder.neck.parameters() if p.requires_grad)
    record = score(config, tmp_path)
    # Two pairs, one of them unchanged, but in Forest-Change; the sentence always says so.
    assert record["scores"]["flag_accuracy"] == (0 if name == "forest_change" else 50)
    assert record["warnings"] == [] and record["data"]["type"] == config.dataset_type
    masks = {"whu_cdc", "levir_mci", "forest_change"}
    assert record["data"]["mask_dir"] == ("label" if name in masks else None)


def test_ground_truth_maps_at_test_time_are_flagged_in_the_results(tmp_path):
    config = config_of("second_cc", make_second_cc(tmp_path / "data"), semantic_dirs=MAPS)
    (warning,) = score(config, tmp_path)["warnings"]
    assert "ground-truth semantic maps (sem/A, sem/B)" in warning
    saved = json.loads((tmp_path / "captions.meta.json").read_text())
    assert saved["warnings"] == [warning] and saved["data"]["semantic_dirs"] == list(MAPS)
