"""Contact sheets and pictures of one pair."""

from importlib import import_module

import cv2
import numpy as np
import pytest
import torch
from data.make_levir_layout import make_change_detection, make_levir_cc
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset, LEVIRMCIDataset
from mmrsicc.datasets.transforms import LoadPair, ResizePair
from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization import contact_sheet, pair_picture, raw_pair, save_png

STRANGE = "a house\nis 新しい 🛰 \ud800 " + "very" * 300


def make_inputs(seed=0, height=256, width=256):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (2, height // 8, width // 8, 3), dtype=np.uint8)
    pair = coarse.repeat(8, axis=1).repeat(8, axis=2)
    return torch.from_numpy(pair.transpose(0, 3, 1, 2).copy())


def make_sample(**fields):
    sample = ChangeDataSample(metainfo={"pair_id": fields.pop("pair_id", "pair_1")})
    for key, value in fields.items():
        setattr(sample, key, value)
    return sample


def pack(sample=None, **inputs):
    return {"inputs": make_inputs(**inputs), "data_samples": sample or make_sample()}


def place(page, image):
    """Where the inside of an image, without its frame, stands on a page; (x, y) of its corner."""
    inside = image.permute(1, 2, 0).numpy()[1:-1, 1:-1]
    distance = cv2.matchTemplate(np.asarray(page), inside, cv2.TM_SQDIFF_NORMED)
    least, _, corner, _ = cv2.minMaxLoc(distance)
    assert least < 1e-4, "the image is not on the page"
    return corner


def test_every_pair_stands_on_the_sheet_before_left_of_after():
    pairs = [pack(make_sample(pair_id=f"p{i}"), seed=i) for i in range(4)]
    page = contact_sheet(pairs, columns=3)
    corners = [[place(page, date) for date in pair["inputs"]] for pair in pairs]
    for (before_x, before_y), (after_x, after_y) in corners:
        assert after_x - before_x == 256 + 10 and after_y == before_y
    firsts = [before for before, _ in corners]
    assert firsts[0][1] == firsts[1][1] == firsts[2][1] < firsts[3][1]
    assert firsts[0][0] == firsts[3][0] < firsts[1][0] < firsts[2][0]


def test_more_text_makes_a_sheet_higher_never_wider():
    short = contact_sheet([pack(make_sample(gt_captions=["a house is built"]))])
    long = contact_sheet([pack(make_sample(gt_captions=["a house is built " * 30] * 5))])
    assert long.width == short.width and long.height > short.height + 5 * 100


def test_the_sentence_to_train_on_is_bold():
    def ink(**fields):
        return (255 - np.asarray(contact_sheet([pack(make_sample(**fields))])).astype(int)).sum()

    captions = ["a house is built", "a road is gone"]
    plain = ink(gt_captions=captions)
    bold = ink(gt_captions=captions, targets=captions[1:])
    assert bold > plain
    # A target that is no reference, as under no_change_policy="collapse", is shown as well.
    assert ink(gt_captions=captions, targets=["no road is gone"]) > bold


def test_masks_flags_and_legends_take_their_room():
    bare = contact_sheet([pack()])
    mask = torch.zeros(256, 256, dtype=torch.uint8)
    mask[:50] = 2
    masked = contact_sheet([pack(make_sample(gt_mask=mask))])
    assert masked.width == bare.width + 256 + 10
    named = contact_sheet([pack(make_sample(gt_mask=mask))], mask_names={2: "building"})
    assert named.height > masked.height  # the legend; "changed" alone needs none
    flagged = [contact_sheet([pack(make_sample(change_flag=flag))]) for flag in (0, 1)]
    assert len({page.tobytes() for page in (bare, *flagged)}) == 3


def test_pairs_of_all_shapes_keep_their_proportions():
    page = contact_sheet([pack(), pack(height=128, width=256, seed=1)])
    place(page, pack(height=128, width=256, seed=1)["inputs"][0])


def test_a_sheet_needs_a_pair():
    with pytest.raises(ValueError, match="at least one pair"):
        contact_sheet([])


def test_a_pair_picture_has_a_panel_for_each_mask():
    inputs, mask = make_inputs(), torch.ones(64, 64, dtype=torch.uint8)
    widths = [
        pair_picture(inputs, make_sample(**fields)).width
        for fields in ({}, {"pred_mask": mask}, {"gt_mask": mask, "pred_mask": mask})
    ]
    assert np.diff(widths).tolist() == [392, 392] and widths[0] == 2 * 380 + 12 + 2 * 24


def test_a_pair_picture_is_complete():
    sample = make_sample(change_flag=1)
    heights = [pair_picture(make_inputs(), sample).height]
    sample.pred_caption = "a house is built"
    heights.append(pair_picture(make_inputs(), sample).height)
    sample.gt_captions = ["a house is built", "a house appears"]
    heights.append(pair_picture(make_inputs(), sample).height)
    mask = torch.tensor([[0, 128], [255, 255]], dtype=torch.uint8)
    sample.gt_mask = mask
    heights.append(pair_picture(make_inputs(), sample, {128: "road", 255: "building"}).height)
    assert heights == sorted(set(heights))


def test_a_prediction_of_changed_or_not_renames_no_class(monkeypatch):
    told, module = [], import_module("mmrsicc.visualization.pair_picture")
    legend = module.legend
    monkeypatch.setattr(module, "legend", lambda named, w: told.append(named) or legend(named, w))
    truth = torch.ones(64, 64, dtype=torch.uint8)
    sample = make_sample(gt_mask=truth, pred_mask=truth.clone())
    pair_picture(make_inputs(), sample, {1: "road", 2: "lake"})
    assert [kind.name for kind in told[0].values()] == ["road"]


@pytest.mark.parametrize(
    ("values", "names"),
    [((1,), None), ((2, 5), {1: "road", 2: "lake", 5: "house"}), ((2,), {1: "road", 2: "lake"})],
)
def test_predicted_and_annotated_masks_are_drawn_alike(values, names):
    annotated = torch.full((64, 64), values[0], dtype=torch.uint8)
    annotated[:, 32:] = values[-1]
    sample = make_sample(gt_mask=annotated, pred_mask=annotated.clone())
    picture = np.asarray(pair_picture(make_inputs(), sample, names))
    row = picture.shape[0] // 2
    starts = [24 + i * 392 for i in (2, 3)]
    one, other = (picture[row, start + 1 : start + 379] for start in starts)
    np.testing.assert_array_equal(one, other)


def test_a_predicted_class_keeps_its_name_where_it_is_the_only_one(monkeypatch):
    told, module = [], import_module("mmrsicc.visualization.pair_picture")
    legend = module.legend
    monkeypatch.setattr(module, "legend", lambda named, w: told.append(named) or legend(named, w))
    predicted = torch.ones(64, 64, dtype=torch.uint8)
    sample = make_sample(gt_mask=2 * predicted, pred_mask=predicted, pred_classes=3)
    pair_picture(make_inputs(), sample, {1: "road", 2: "building"})
    assert {value: kind.name for value, kind in told[0].items()} == {1: "road", 2: "building"}


def test_strange_text_never_crashes():
    sample = make_sample(
        pair_id=STRANGE,
        change_flag=1,
        gt_captions=[STRANGE, ""],
        pred_caption="",
        targets=[STRANGE],
    )
    assert contact_sheet([pack(sample)], title=STRANGE, note=STRANGE).height > 500
    assert pair_picture(make_inputs(), sample).height > 500


def test_raw_pairs_are_loaded_as_the_pipeline_says_and_nothing_more(tmp_path):
    root = make_change_detection(tmp_path, pairs=1)
    steps = [LoadPair(binary_mask=True), ResizePair((8, 8))]
    record = ChangeDetectionDataset(str(root), "x").get_data_info(0)
    for pipeline in (steps, ()):
        pair = raw_pair(record, pipeline)
        assert pair["data_samples"].gt_mask.max() == 1
        after = np.asarray(Image.open(root / "B" / "pair_0.png"))
        np.testing.assert_array_equal(pair["inputs"][1].permute(1, 2, 0).numpy(), after)


def test_raw_pairs_train_on_nothing(tmp_path):
    dataset = LEVIRMCIDataset(data_root=str(make_levir_cc(tmp_path, masks=True)))
    record = dataset.get_data_info(0)
    sample = raw_pair(record)["data_samples"]
    assert "targets" not in sample and len(sample.gt_captions) == 5 and "targets" in record


def test_pictures_are_png_files_whole_or_not_at_all(tmp_path):
    out = tmp_path / "folder" / "picture.PNG"
    save_png(pair_picture(make_inputs(), make_sample()), out)
    with Image.open(out) as picture:
        picture.load()
        assert picture.format == "PNG"
    whole = out.read_bytes()

    class Broken:
        def save(self, path, format):
            path.write_bytes(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        save_png(Broken(), out)
    assert out.read_bytes() == whole and list(out.parent.iterdir()) == [out]
