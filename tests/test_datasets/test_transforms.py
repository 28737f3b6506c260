"""Steps of the pipeline: both dates and the mask keep together."""

import numpy as np
import pytest
import torch
from data.make_levir_layout import make_levir_cc
from mmcv.transforms import BaseTransform, TransformBroadcaster
from mmcv.transforms.utils import cache_randomness
from PIL import Image
from torchvision.transforms import functional

from mmrsicc.datasets.transforms.band_loading import LoadBands
from mmrsicc.datasets.transforms.directions import ORIENTATIONS, orient, rewrite_directions
from mmrsicc.datasets.transforms.geometry import RandomCropPair, RandomOrientation, ResizePair
from mmrsicc.datasets.transforms.kept import KeptPair
from mmrsicc.datasets.transforms.loading import LoadPair
from mmrsicc.datasets.transforms.packing import PackChangeInputs
from mmrsicc.datasets.transforms.photometric import PhotometricDistortion
from mmrsicc.datasets.transforms.registration import RandomShift
from mmrsicc.engine.hooks import FlagScheduleHook, LossBalanceHook, TrainingPhasesHook


def unique_pair(height=12, width=15):
    """Each pixel says where it was: row and column in the images, their product in the mask."""
    rows, columns = np.mgrid[:height, :width].astype(np.uint8)
    return {
        "before": np.dstack([rows, columns, rows * 0]),
        "after": np.dstack([rows, columns, rows * 0 + 100]),
        "gt_mask": rows * 16 + columns,
        "captions": ["a house on the left", "trees at the top"],
        "targets": ["a house on the left"],
    }


def assert_aligned(results):
    before, after = results["before"], results["after"]
    np.testing.assert_array_equal(before[..., :2], after[..., :2])
    np.testing.assert_array_equal(results["gt_mask"], before[..., 0] * 16 + before[..., 1])
    for key in ("before", "after", "gt_mask"):
        assert results[key].flags.c_contiguous and results[key].dtype == np.uint8
    assert results["img_shape"] == before.shape[:2]


def test_crop_is_the_same_window_everywhere_and_covers_the_image():
    crop = RandomCropPair(crop_size=(8, 9))
    corners = set()
    for _ in range(400):
        results = crop(unique_pair())
        assert_aligned(results)
        assert results["before"].shape == (8, 9, 3)
        row, column, _ = map(int, results["before"][0, 0])
        np.testing.assert_array_equal(
            results["before"], unique_pair()["before"][row : row + 8, column : column + 9]
        )
        corners.add((row, column))
    assert corners == {(row, column) for row in range(5) for column in range(7)}
    with pytest.raises(ValueError, match=r"15 x 12 pixels, smaller than the crop of 9 x 13"):
        RandomCropPair(crop_size=(13, 9))(unique_pair())


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_orientation_turns_pixels_and_sentences_together(name):
    results = RandomOrientation([name])(unique_pair())
    assert_aligned(results)
    assert results["orientation"] == name
    np.testing.assert_array_equal(results["before"], orient(unique_pair()["before"], name))
    assert results["targets"] == [rewrite_directions("a house on the left", name)]
    assert results["captions"] == [rewrite_directions(c, name) for c in unique_pair()["captions"]]


def test_orientations_are_drawn_evenly_among_those_allowed():
    allowed = ("identity", "flip_horizontal", "rot90")
    turn = RandomOrientation(allowed)
    np.random.seed(0)  # noqa: NPY002
    drawn = [turn(unique_pair())["orientation"] for _ in range(600)]
    assert set(drawn) == set(allowed)
    assert all(150 < drawn.count(name) < 250 for name in allowed)
    with pytest.raises(ValueError, match=r"\['rot45'\]: choose among \['identity', "):
        RandomOrientation(["rot45"])


def test_orientation_of_a_pair_without_captions_or_mask():
    pair = {key: unique_pair()[key] for key in ("before", "after")}
    results = RandomOrientation(["rot90"])(pair)
    assert results.keys() == {"before", "after", "img_shape", "orientation"}


def test_resize_is_bilinear_for_images_and_nearest_for_masks():
    results = unique_pair(4, 4)
    results["before"] *= 60
    results["gt_mask"] = np.kron([[0, 255], [255, 0]], np.ones((2, 2))).astype(np.uint8)
    small = results["before"].astype(np.float32)
    results = ResizePair(scale=(8, 12))(results)
    assert results["before"].shape == (8, 12, 3) and results["img_shape"] == (8, 12)
    assert set(np.unique(results["gt_mask"])) == {0, 255}
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(small).permute(2, 0, 1)[None], (8, 12), mode="bilinear"
    )[0].permute(1, 2, 0)
    assert np.abs(results["before"] - expected.numpy()).max() <= 1


def test_a_single_image_transform_joins_in_through_the_broadcaster():
    class RandomShift(BaseTransform):
        """Shift by a random number of pixels."""

        @cache_randomness
        def draw(self):
            return np.random.randint(12)  # noqa: NPY002

        def transform(self, results):
            results["img"] = np.roll(results["img"], self.draw(), axis=0)
            return results

    shared = TransformBroadcaster(
        [RandomShift()], {"img": ["before", "after", "gt_mask"]}, share_random_params=True
    )
    shifts = set()
    for _ in range(60):
        results = shared(unique_pair())
        assert_aligned({**results, "img_shape": (12, 15)})
        shifts.add(int(results["before"][0, 0, 0]))
    assert len(shifts) > 6


def test_photometric_distortion_draws_for_each_date_on_its_own():
    pair = {"before": np.full((6, 6, 3), (90, 120, 60), np.uint8)}
    pair["after"] = pair["before"].copy()
    np.random.seed(0)  # noqa: NPY002
    distort, differ, kept = PhotometricDistortion(), 0, 0
    for _ in range(200):
        results = distort(dict(pair))
        differ += not np.array_equal(results["before"], results["after"])
        kept += np.array_equal(results["before"], pair["before"])
    assert differ > 180
    assert 3 < kept < 35  # one in sixteen, where none of the four is applied
    np.testing.assert_array_equal(pair["before"][0, 0], (90, 120, 60))
    identity = PhotometricDistortion(0, 0, 0, 0, prob=1.0)(dict(pair))
    assert np.abs(identity["after"].astype(int) - pair["after"]).max() <= 1


def test_photometric_distortion_refuses_other_bands():
    for image in (np.ones((4, 4, 10), np.uint8), np.ones((4, 4, 3), np.float32)):
        pair = {"before": np.ones((4, 4, 3), np.uint8), "after": image}
        with pytest.raises(ValueError, match="8-bit RGB, after is"):
            PhotometricDistortion(prob=0)(pair)


def test_brightness_has_the_stated_range():
    pair = {key: np.full((2, 2, 3), 100, np.uint8) for key in ("before", "after")}
    distort = PhotometricDistortion(brightness=0.2, contrast=0, saturation=0, hue=0, prob=1.0)
    seen = [int(distort(dict(pair))["after"][0, 0, 0]) for _ in range(200)]
    assert 78 <= min(seen) < 84 and 116 < max(seen) <= 120
    grey = functional.adjust_brightness(torch.full((3, 1, 1), 100, dtype=torch.uint8), 1.2)
    assert max(seen) <= int(grey[0, 0, 0])


@pytest.fixture
def paths(tmp_path):
    make_levir_cc(tmp_path, masks=True)
    folder, name = tmp_path / "images" / "train", "train_000001.png"
    return {
        "pair_id": "train_000001",
        "before_path": str(folder / "A" / name),
        "after_path": str(folder / "B" / name),
        "mask_path": str(folder / "label" / name),
        "mask_classes": {128: "road", 255: "building"},
        "captions": ["one", "two"],
        "targets": ["two"],
        "change_flag": 1,
    }


def test_load_and_pack(paths):
    packed = PackChangeInputs()(LoadPair()(dict(paths)))
    assert packed.keys() == {"inputs", "data_samples"}
    inputs, sample = packed["inputs"], packed["data_samples"]
    for image, key in zip(inputs, ("before_path", "after_path"), strict=True):
        assert image.shape == (3, 16, 16) and image.dtype == torch.uint8 and image.is_contiguous()
        pixels = np.array(Image.open(paths[key]))
        np.testing.assert_array_equal(image.permute(1, 2, 0).numpy(), pixels)
        assert sample.metainfo[key] == paths[key]
    assert sample.gt_captions == ["one", "two"] and sample.targets == ["two"]
    assert sample.change_flag == 1 and "orientation" not in sample.metainfo
    assert sample.ori_shape == (16, 16) and sample.img_shape == (16, 16)
    assert sample.gt_mask.dtype == torch.uint8 and set(sample.gt_mask.unique().tolist()) == {0, 1}


def test_a_pair_of_images_alone_can_be_packed(paths):
    alone = {key: paths[key] for key in ("before_path", "after_path")}
    sample = PackChangeInputs()(LoadPair()(alone))["data_samples"]
    assert set(sample.keys()) == set()
    assert set(sample.metainfo_keys()) == {"before_path", "after_path", "ori_shape", "img_shape"}


@pytest.mark.parametrize("key", ["after", "mask"])
def test_sizes_that_differ_are_refused_or_resized_to_the_first_date(paths, key):
    path = paths[f"{key}_path"]
    Image.open(path).resize((20, 10), Image.Resampling.NEAREST).save(path)
    with pytest.raises(ValueError, match=r"16 x 16.*20 x 10 pixels.*resize_mismatched=True") as e:
        LoadPair()(dict(paths))
    assert paths["before_path"] in str(e.value) and path in str(e.value)
    results = LoadPair(resize_mismatched=True)(dict(paths))
    assert results["after"].shape == (16, 16, 3) and results["gt_mask"].shape == (16, 16)
    assert set(np.unique(results["gt_mask"])) == {0, 1}


def test_a_real_pair_of_two_sizes(real_data):
    folder = real_data / "geotiff" / "hongkong"
    bands = [next((folder / f"imgs_{date}").glob("*B03.tif")) for date in (1, 2)]
    pair = {"before_path": str(bands[0]), "after_path": str(bands[1])}
    with pytest.raises(ValueError, match=r"540 x 695.*538 x 693"):
        LoadPair()(dict(pair))
    results = LoadPair(value_range=(0, 3000), resize_mismatched=True)(dict(pair))
    assert results["after"].shape == results["before"].shape == (695, 540, 3)
    assert 30 < results["before"].mean() < 220


@pytest.mark.parametrize("bands", [1, 2, 6])
def test_images_of_any_number_of_bands_are_resized_turned_and_packed(bands):
    pixels = np.random.default_rng(0).random((6, 8, bands), dtype=np.float32)
    results = {"before": pixels, "after": pixels + 1}
    for step in (ResizePair((12, 16)), RandomOrientation(["rot90"]), PackChangeInputs()):
        results = step.transform(results)
    before, after = results["inputs"]
    assert before.shape == (bands, 16, 12)
    torch.testing.assert_close(after, before + 1)


def test_a_size_may_be_the_side_of_a_square():
    assert (ResizePair(8).height, ResizePair((8, 9)).width) == (8, 9)
    assert RandomCropPair(crop_size=8).width == 8


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ResizePair((0, 5)), r"ResizePair: scale=\(0, 5\): give \(height, width\)"),
        (lambda: RandomCropPair((1, 2, 3)), "RandomCropPair: crop_size="),
        (lambda: PhotometricDistortion(hue=0.9), r"hue=0.9: give 0 to 0.5"),
        (lambda: PhotometricDistortion(brightness=2.0), r"brightness=2.0: give 0 to 1"),
        (lambda: RandomOrientation("rot90"), "orientations='rot90': choose"),
        (lambda: RandomShift(max_shift=-1), "max_shift=-1"),
        (lambda: RandomShift(prob=2), "prob=2"),
        (lambda: LoadPair(bands=3), r"LoadPair: bands=3: give a list of numbers, such as \[3\]"),
        (lambda: LoadBands(before_bands=3), "LoadBands: before_bands=3"),
        (lambda: LoadBands(picture_bands=(1, 2, 3)), "picture_bands of a date=1"),
        (lambda: KeptPair([{"type": "LoadPair"}], max_gib=-1), "max_gib=-1"),
        (lambda: KeptPair([{"type": "ResizePair", "scale": 8}]), "give a step that loads"),
        (lambda: LossBalanceHook(interval=0), "interval=0"),
        (lambda: LossBalanceHook(patience=0), "patience=0"),
        (lambda: FlagScheduleHook(taught_epochs=-3), "taught_epochs=-3 must be 0 or more"),
        (lambda: TrainingPhasesHook([{"begin": 1}]), "lacks losses, trained"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make()
