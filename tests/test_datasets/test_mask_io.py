"""Change masks of every kind of file: read right, or refused with the fix."""

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.mask_check import MaskCheck
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.mask_values import MaskError, class_ids, class_names
from mmrsicc.structures import IGNORED, is_changed

LEVIR_MCI = {128: "road", 255: "building"}

#: A changed house, a quarter of the mask; what is read of it is this, whatever the file.
CHANGED = np.zeros((16, 16), np.uint8)
CHANGED[4:12, 4:12] = 1
#: The same with a strip that is not counted.
PARTLY = CHANGED.copy()
PARTLY[:2] = IGNORED


def save(path, pixels, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, **options)
    return path


def palette(indices, *colours):
    image = Image.fromarray(indices.astype(np.uint8), "P")
    image.putpalette([value for colour in colours for value in colour])
    return image


def rgb(on, off=(0, 0, 0)):
    return np.where(CHANGED[..., None] == 1, on, off).astype(np.uint8)


BLACK, WHITE, GREEN, BLUE = (0, 0, 0), (255, 255, 255), (0, 255, 0), (0, 0, 255)
WHITE_MASK = CHANGED * np.uint8(255)
CERTAIN = {
    "0_255.png": WHITE_MASK,
    "0_1.png": CHANGED,
    "grey_rgb.png": rgb(WHITE),
    "opaque_rgba.png": rgb((*WHITE, 255), (*BLACK, 255)),
    "one_bit.png": CHANGED.astype(bool),
    "one_bit.tif": CHANGED.astype(bool),
    "black_first.png": palette(CHANGED, BLACK, WHITE),
    "white_first.png": palette(1 - CHANGED, WHITE, BLACK),
    "white_first.gif": palette(1 - CHANGED, WHITE, BLACK),
    "ids_in_colour.png": palette(CHANGED, BLACK, GREEN),
    "deep_0_1.png": CHANGED.astype(np.uint16),
    "deep_white.png": CHANGED * np.uint16(65535),
    "deep_0_255.tif": CHANGED * np.uint16(255),
    "float_0_1.tif": CHANGED.astype(np.float32),
    "lossless.webp": rgb(WHITE),
}


@pytest.mark.parametrize("name", CERTAIN)
@pytest.mark.parametrize("binary", [False, True])
def test_a_certain_mask_is_binary(tmp_path, name, binary):
    options = {"lossless": True} if name.endswith(".webp") else {}
    path = save(tmp_path / name, CERTAIN[name], **options)
    assert np.array_equal(read_mask(path, binary=binary), CHANGED)


def test_a_white_is_zero_tiff_is_read_by_its_colour(tmp_path):
    path = save(tmp_path / "m.tif", WHITE_MASK, tiffinfo={262: 0})
    raw = path.read_bytes()
    assert raw.count(b"\xff" * 16) == 8 and b"\xff" * 4 + bytes(8) + b"\xff" * 4 in raw
    assert np.array_equal(read_mask(path), CHANGED)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (1, 1), (255, 1)])
def test_masks_of_one_value(tmp_path, value, expected):
    path = save(tmp_path / "m.png", np.full((8, 8), value, np.uint8))
    assert (read_mask(path) == expected).all()


UNCERTAIN = {
    "0_1_255.png": (np.where(PARTLY == 1, 1, PARTLY), r"values 0, 1, 255.*\{1: \"changed\"\}"),
    "classes.png": (CHANGED * np.uint8(128), r"values 0, 128, which.*\{128: \"road\""),
    "ids.png": (CHANGED + np.uint8(1), r"values 1, 2, which.*mask_classes"),
    "greys.png": (np.arange(256, dtype=np.uint8).reshape(16, 16), r"255 \(256 values\).*threshold"),
    "green.png": (rgb(GREEN), r"coloured, such as \(0, 255, 0\).*save the mask in grey"),
    "blue.tif": (rgb(BLUE), r"coloured, such as \(0, 0, 255\)"),
    "coloured_first.png": (palette(1 - CHANGED, GREEN, BLACK), r"first entry is \(0, 255, 0\)"),
    "black_id.png": (palette(np.minimum(PARTLY, 2), BLACK, GREEN, BLACK), "is black elsewhere"),
    "transparent.png": (rgb((*WHITE, 255), (*WHITE, 0)), r"transparent in part.*without an alpha"),
    "deep.png": (CHANGED * np.uint16(3000), r"16-bit values from 0 to 3000.*8-bit grey"),
    "probability.tif": (CHANGED * np.float32(0.9), r"numbers from 0.0 to 0.8.*after a threshold"),
    "negative.tif": (CHANGED * np.int32(-1), r"values from -1 to 0"),
}


@pytest.mark.parametrize("name", UNCERTAIN)
@pytest.mark.parametrize("binary", [False, True])
def test_an_uncertain_mask_is_refused_with_the_fix(tmp_path, name, binary):
    pixels, message = UNCERTAIN[name]
    path = save(tmp_path / name, pixels)
    with pytest.raises(MaskError, match=rf"{name}.*{message}"):
        read_mask(path, binary=binary)


def test_a_16_bit_colour_mask_of_1_is_not_rounded_to_nothing(tmp_path):
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), np.dstack([CHANGED.astype(np.uint16)] * 3))
    with pytest.raises(MaskError, match=r"deep\.png has 16-bit colours"):
        read_mask(path)


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ({1: "changed"}, PARTLY),
        ({1: "changed", 255: "changed"}, is_changed(PARTLY) | (PARTLY == IGNORED)),
        ({1: "road", 255: "building"}, np.where(PARTLY == IGNORED, 2, PARTLY)),
        ({"1": "changed"}, PARTLY),  # As --cfg-options gives it.
    ],
)
def test_0_1_255_is_what_the_data_set_declares(tmp_path, classes, expected):
    path = save(tmp_path / "m.png", PARTLY)
    assert np.array_equal(read_mask(path, classes), expected)
    merged = np.where(expected == 2, 1, expected)
    assert np.array_equal(read_mask(path, classes, binary=True), merged)


@pytest.mark.parametrize("colour", [GREEN, WHITE])
@pytest.mark.parametrize("black", [0, 235])
def test_an_index_of_255_needs_no_colour(tmp_path, colour, black):
    """Palettes of class ids may end with the last class, or be filled up with black."""
    colours = (BLACK, *[colour] * 20, *[BLACK] * black)
    for name, mask in (("changed", PARTLY), ("unchanged", np.where(PARTLY == 1, 0, PARTLY))):
        path = save(tmp_path / f"{name}.png", palette(mask, *colours))
        assert np.array_equal(read_mask(path, {1: "house"}), mask)


@pytest.mark.parametrize(
    ("present", "classes"),
    [((0, 1, 2), {1: "house", 2: "road"}), ((0, 1), {1: "house", 2: "road"}), ((0, 1), {"1": "x"})],
)
def test_one_file_without_the_coloured_class_has_the_same_ids(tmp_path, present, classes):
    """White is the first class, another file has the second: the palette is the same."""
    mask = np.resize(present, (4, 6))
    path = save(tmp_path / "m.png", palette(mask, BLACK, WHITE, GREEN))
    assert np.array_equal(read_mask(path, classes), mask)
    check = MaskCheck(classes)
    check.read(path)
    assert check.any_changed and not check.ignoring


def test_white_of_a_palette_with_other_colours_is_a_value_that_is_declared(tmp_path):
    path = save(tmp_path / "m.png", palette(CHANGED, BLACK, WHITE, GREEN))
    assert np.array_equal(read_mask(path, {255: "changed"}), CHANGED)
    assert np.array_equal(read_mask(path), CHANGED)


def test_255_that_a_tiff_calls_no_data_is_ignored(tmp_path):
    """As ``mmrsicc scene`` writes mask.tif."""
    assert np.array_equal(
        read_mask(save(tmp_path / "m.tif", PARTLY, tiffinfo={42113: "255"})), PARTLY
    )
    unchanged = np.where(PARTLY == IGNORED, PARTLY, 0).astype(np.uint8)
    path = save(tmp_path / "u.tif", unchanged, tiffinfo={42113: "255"})
    assert np.array_equal(read_mask(path), unchanged)
    path = save(tmp_path / "white.tif", WHITE_MASK, tiffinfo={42113: "0"})
    assert np.array_equal(read_mask(path), CHANGED)


def test_classes_are_ids_by_growing_value(tmp_path):
    values = np.array([[0, 128, 255], [255, 128, 0]], np.uint8)
    path = save(tmp_path / "m.png", np.dstack([values] * 3))
    assert np.array_equal(read_mask(path, LEVIR_MCI), [[0, 1, 2], [2, 1, 0]])
    assert np.array_equal(read_mask(path, LEVIR_MCI, binary=True), [[0, 1, 1], [1, 1, 0]])
    assert class_ids({255: "b", 128: "r"}) == {0: 0, 128: 1, 255: 2}
    assert class_names({255: "b", 128: "r"}) == {1: "r", 2: "b"}
    assert class_ids({1: "unchanged", 2: "changed"}) == {1: 0, 2: 1}
    assert class_names(None) == {}
    for wrong in ({}, {0: "unchanged"}, {256: "road"}, {-1: "road"}):
        with pytest.raises(ValueError, match="values from 1 to 255"):
            class_ids(wrong)


@pytest.mark.parametrize("classes", [LEVIR_MCI, {255: "changed"}])
@pytest.mark.parametrize("value", [1, 2, 60, 129])
def test_a_value_of_no_class_is_never_rounded_away(tmp_path, classes, value):
    """0 and 1 read as 0 and 255 would all be unchanged."""
    path = save(tmp_path / "m.png", CHANGED * np.uint8(value))
    with pytest.raises(MaskError, match=rf"the value {value} beside those of its classes, 0, "):
        read_mask(path, classes)


def blurred(size=64):
    """A disc of 255 with grey edges, and the disc."""
    y, x = np.mgrid[:size, :size]
    distance = np.hypot(y - size / 2, x - size / 2)
    soft = np.clip((20.5 - distance) / 3 + 0.5, 0, 1)
    return np.rint(255 * soft).astype(np.uint8), (np.rint(255 * soft) >= 128).astype(np.uint8)


def test_grey_edges_fall_to_the_nearer_side_where_they_are_declared(tmp_path):
    soft, hard = blurred()
    path = save(tmp_path / "m.png", soft)
    assert np.array_equal(read_mask(path, {255: "changed"}), hard)
    with pytest.raises(MaskError, match="do not say what has changed"):
        read_mask(path)
    with pytest.raises(MaskError, match="beside those of its classes"):
        read_mask(path, LEVIR_MCI)  # An edge of a building is no road.
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    with pytest.raises(MaskError, match="by a threshold"):
        read_mask(save(tmp_path / "ramp.png", ramp), {255: "changed"})


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("quality", [50, 75, 95])
def test_jpeg_masks_are_read_through_their_artefacts(tmp_path, mode, quality):
    _, hard = blurred()
    path = save(tmp_path / "m.jpg", Image.fromarray(255 * hard).convert(mode), quality=quality)
    with Image.open(path) as image:
        values = np.unique(np.array(image.convert("L")))
    assert len(values) > 10  # In-between values are there.
    assert (read_mask(path) != hard).mean() < 0.01
    assert set(np.unique(read_mask(path))) == {0, 1}


def test_jpeg_masks_of_0_and_1_or_of_colour_are_refused(tmp_path):
    with pytest.raises(MaskError, match=r"m\.jpg has the value"):
        read_mask(save(tmp_path / "m.jpg", np.repeat(CHANGED, 8, 0).repeat(8, 1), quality=95))
    with pytest.raises(MaskError, match="coloured"):
        read_mask(save(tmp_path / "g.jpg", rgb(GREEN).repeat(8, 0).repeat(8, 1), quality=95))


def test_real_masks_of_1_and_2_must_be_declared(real_data):
    """OSCD's GeoTIFF labels: 1 unchanged, 2 changed."""
    for city, share in (("hongkong", 0.0356), ("bercy", 0.0074)):
        path = real_data / "geotiff" / city / "cm" / f"{city}-cm.tif"
        with pytest.raises(MaskError, match=rf"{city}-cm\.tif has the values 1, 2"):
            read_mask(path)
        mask = read_mask(path, {1: "unchanged", 2: "changed"})
        assert mask.mean() == pytest.approx(share, abs=1e-4) and mask.max() == 1


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_real_masks_survive_jpeg(real_data, tmp_path, quality):
    labels = sorted((real_data / "change_detection" / "cdd" / "test" / "label").iterdir())[::15]
    for label in labels:
        with Image.open(label) as image:
            truth = np.array(image) // 255
            image.save(tmp_path / "m.jpg", quality=quality)
        assert np.array_equal(read_mask(label), truth)
        assert np.array_equal(read_mask(tmp_path / "m.jpg"), truth)


def test_real_masks_of_levir_cc_are_buildings(real_data):
    labels = sorted((real_data / "levir_cc_real" / "images" / "test" / "label").iterdir())[:40]
    found = set()
    for label in labels:
        mask = read_mask(label, LEVIR_MCI)
        assert np.array_equal(mask > 0, read_mask(label))
        found |= set(np.unique(mask).tolist())
    assert found == {0, 2}


@pytest.mark.parametrize("compress", ["deflate", "zstd", "lzma"])
def test_what_a_geotiff_says_of_its_values_counts_whoever_decodes_it(tmp_path, compress):
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    profile = {"driver": "GTiff", "width": 16, "height": 16, "count": 1, "dtype": "uint8"}
    path = tmp_path / "mask.tif"
    for pixels, said in ((PARTLY, {"nodata": 255}), (CHANGED, {"nbits": 1})):
        with rasterio.open(path, "w", **profile, compress=compress, **said) as file:
            file.write(pixels, 1)
        for classes in (None, {255: "changed"} if "nbits" in said else {1: "changed"}):
            assert np.array_equal(read_mask(path, classes), pixels)


def test_a_jpeg_that_is_turned_stays_one(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    path = save(tmp_path / "turned.jpg", WHITE_MASK, exif=exif, quality=60)
    assert len(np.unique(Image.open(path))) > 2  # JPEG has left greys at the edges
    assert np.array_equal(read_mask(path), np.rot90(CHANGED, -1))
