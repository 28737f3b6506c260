"""Samples of TorchGeo's shape, against our own reader of the same files."""

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from data.make_caption_layouts import make_forest_change
from PIL import Image

from mmrsicc.datasets import ForestChangeDataset, TorchGeoDataset
from mmrsicc.evaluation.baselines.trivial import dataset_pairs
from mmrsicc.registry import DATASETS
from mmrsicc.tokenizers import Vocabulary

RESIZE = {"type": "ResizePair", "scale": (24, 24)}
PIPELINE = [RESIZE, {"type": "PackChangeInputs"}]


class ForestChange:
    """Loads as TorchGeo's class of this name: float images of 0 to 255, masks of 0 and 1."""

    def __init__(self, root, split="train"):
        self.folder = root / "images" / split
        images = json.loads((root / "ForestChatcaptions.json").read_text())["images"]
        self.records = [record for record in images if record["split"] == split]

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        name = self.records[index]["filename"]
        before, after, mask = (
            torch.from_numpy(np.array(Image.open(self.folder / kind / name)))
            for kind in ("A", "B", "label")
        )
        return {
            "image": torch.stack([before, after]).permute(0, 3, 1, 2).float(),
            "mask": mask.clamp(max=1).long().unsqueeze(0),
            "captions": [" ".join(s["tokens"]) for s in self.records[index]["sentences"]],
            "name": name.removesuffix(".png"),
        }


@pytest.fixture
def torchgeo(monkeypatch):
    module = ModuleType("torchgeo.datasets")
    module.ForestChange = ForestChange
    monkeypatch.setitem(sys.modules, "torchgeo", ModuleType("torchgeo"))
    monkeypatch.setitem(sys.modules, "torchgeo.datasets", module)


def test_samples_are_those_of_our_own_reader(tmp_path, torchgeo):
    root = make_forest_change(tmp_path)
    config = {"type": "ForestChange", "root": root, "split": "train"}
    theirs = DATASETS.build({"type": "TorchGeoDataset", "source": config, "pipeline": PIPELINE})
    ours = ForestChangeDataset(data_root=str(root), pipeline=[{"type": "LoadPair"}, *PIPELINE])
    assert len(theirs) == len(ours) == 4
    for index in range(4):
        one, other = theirs[index], ours[index]
        assert all(map(torch.equal, one["inputs"], other["inputs"]))
        one, other = one["data_samples"], other["data_samples"]
        assert torch.equal(one.gt_mask, other.gt_mask) and one.pair_id == other.pair_id
        assert one.gt_captions == other.gt_captions and one.targets == other.targets
        assert one.change_flag == other.change_flag == 1
    assert theirs.sentences() == ours.sentences()
    assert theirs.changed_captions() == ours.changed_captions()


def test_words_are_counted_in_a_file_of_its_captions(tmp_path, torchgeo):
    root = make_forest_change(tmp_path / "data")
    theirs = TorchGeoDataset(ForestChange(root, "val"), split="val")
    theirs.write_captions(tmp_path / "val.json")
    found, expected = (
        Vocabulary(ann_file=str(path), splits=("val",), min_count=1)
        for path in (tmp_path / "val.json", root / "ForestChatcaptions.json")
    )
    assert found.words == expected.words


def sample(**changes):
    return {"image": torch.zeros(2, 3, 4, 4), "caption": "There is no difference.", **changes}


def read(*samples, tokenizer=None, **options):
    source = type("Source", (list,), {"tokenizer": tokenizer})(samples)
    return TorchGeoDataset(source, **options)[0]


def test_dates_may_stand_apart_and_captions_be_ids():
    decode = SimpleNamespace(decode=lambda ids: " ".join("abc"[i] for i in ids))
    first, second = torch.full((3, 4, 4), 7.0), torch.full((3, 4, 4), 9.0)
    apart = {"image1": first, "image2": second, "caption": torch.tensor([2, 0])}
    found = read(apart, tokenizer=decode, split="test")
    assert found["captions"] == ["c a"] and found["pair_id"] == "test_000000"
    assert (found["before"] == 7).all() and (found["after"] == 9).all()
    assert found["before"].shape == (4, 4, 3) and "gt_mask" not in found
    assert found["change_flag"] == 1 and read(sample())["change_flag"] == 0


def test_masks_of_0_and_255_are_binary_as_in_files():
    mask = torch.zeros(4, 4, dtype=torch.long)
    for changed, expected in ((255, 1), (2, 2)):
        mask[0] = changed
        found = read(sample(mask=mask))["gt_mask"]
        assert found[0].tolist() == [expected] * 4 and not found[1:].any()
    mask[1] = 255  # Beside classes it is not counted.
    assert read(sample(mask=mask))["gt_mask"][1].tolist() == [255] * 4


def test_baselines_read_its_pairs():
    config = {"type": "TorchGeoDataset", "source": [sample(), sample()]}
    assert [pair["pair_id"] for pair in dataset_pairs(config)] == ["train_000000", "train_000001"]


def test_bands_and_values_become_8_bit_colours():
    image = torch.stack([torch.arange(5.0).view(5, 1, 1).expand(5, 2, 2) / 4] * 2)
    found = read(sample(image=image), bands=(5, 3, 1), value_range=(0, 1))
    assert found["before"][0, 0].tolist() == [255, 128, 0]
    for wrong in ((0, 1, 2), (-1, 1, 2), (1, 2, 6)):
        with pytest.raises(ValueError, match=r"sample 0 has 5 bands: bands .* counted from 1"):
            read(sample(image=image), bands=wrong, value_range=(0, 1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": torch.zeros(3, 4, 4)}, r"images of shape \(3, 4, 4\)"),
        ({"image": torch.zeros(2, 4, 4, 4)}, "4 bands .* choose three by bands"),
        ({"image": torch.full((2, 3, 4, 4), 300.0)}, "300: .*value_range"),
        ({"image": torch.full((2, 3, 4, 4), 0.5)}, r"0.5 to 0.5: say value_range=\(0, 1\)"),
        ({"image": torch.full((2, 3, 4, 4), 1.3)}, "1.3 to 1.3: say value_range"),
        ({"caption": []}, "no caption"),
        ({"caption": ["a house", ""]}, "an empty one"),
        ({"caption": torch.tensor([1])}, "its data set no tokenizer"),
        ({"mask": torch.full((4, 4), 300)}, "a mask with values beyond"),
    ],
)
def test_other_samples_are_named(changes, message):
    with pytest.raises(ValueError, match=f"sample 0 has .*{message}"):
        read(sample(**changes))


def test_torchgeo_is_asked_for_where_it_is_missing(monkeypatch, torchgeo):
    with pytest.raises(ValueError, match=r"torchgeo\.datasets has no Forest"):
        TorchGeoDataset({"type": "Forest"})
    monkeypatch.setitem(sys.modules, "torchgeo.datasets", None)
    with pytest.raises(ImportError, match="pip install torchgeo"):
        TorchGeoDataset({"type": "ForestChange"})


def test_what_torchgeo_itself_lacks_is_told(monkeypatch, tmp_path):
    package = ModuleType("torchgeo")
    package.__path__ = [str(tmp_path)]
    (tmp_path / "datasets.py").write_text("import not_there")
    monkeypatch.setitem(sys.modules, "torchgeo", package)
    monkeypatch.delitem(sys.modules, "torchgeo.datasets", raising=False)
    with pytest.raises(ImportError, match=r"^No module named 'not_there'$"):
        TorchGeoDataset({"type": "ForestChange"})
