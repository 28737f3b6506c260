"""The shift that is left between the dates."""

import numpy as np
import pytest
from fabricated_scenes import texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from rasterio.windows import Window

from mmrsicc.scenes import SceneSettings
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.run_file import registered
from mmrsicc.scenes.shift import estimate_shift, window_shift


def moved(image: np.ndarray, columns: float, rows: float) -> np.ndarray:
    """(3, H, W) with everything moved to the right and down, exactly, by Fourier's theorem."""
    v, u = np.fft.fftfreq(image.shape[1])[:, None], np.fft.fftfreq(image.shape[2])
    phase = np.exp(-2j * np.pi * (u * columns + v * rows))
    shifted = np.fft.ifft2(np.fft.fft2(image) * phase).real
    return np.clip(np.rint(shifted), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (3.4, -1.7), (-20.25, 12.5)])
def test_a_known_shift_is_found_to_a_fraction_of_a_pixel(shift):
    image = texture(256, 256)
    columns, rows, peak = window_shift(
        image.transpose(1, 2, 0), moved(image, *shift).transpose(1, 2, 0), np.ones((256, 256), bool)
    )
    assert (columns, rows) == pytest.approx(shift, abs=0.15)
    assert peak > 0.3


def test_blank_windows_have_no_say():
    blank = np.full((64, 64, 3), 7, np.uint8)
    for valid in (np.ones((64, 64), bool), np.zeros((64, 64), bool)):
        assert window_shift(blank, blank, valid) == (0.0, 0.0, 0.0)


def test_light_and_one_changed_corner_do_not_mislead(write_raster):
    before = texture(500, 600)
    after = (moved(before, 2.5, -1.0) * 0.6 + 40).astype(np.uint8)
    after[:, :250, :250] = texture(250, 250, seed=5)
    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    with ScenePair(names[:1], names[1:], SceneSettings()) as pair:
        shift = estimate_shift(pair)
    assert shift is not None
    assert (shift.columns, shift.rows) == pytest.approx((2.5, -1.0), abs=0.2)
    assert shift.spread < 0.5
    assert shift.windows > 4


def test_one_of_many_windows_gives_no_shift(write_raster):
    """Nothing tells whether it is right, so nothing is taken out."""
    before = np.full((3, 600, 600), 90, np.uint8)
    after = before.copy()
    before[:, :150, :150] = texture(150, 150)
    after[:, :150, :150] = moved(before[:, :150, :150], 10.0, 0.0)
    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    with ScenePair(names[:1], names[1:], SceneSettings()) as pair:
        corner = pair.read(Window(0, 0, 150, 150))
        assert window_shift(corner.before, corner.after, corner.valid)[2] > 0.3
        assert estimate_shift(pair, size=150) is None


def test_parts_of_a_scene_of_a_windows_size_must_agree(write_raster):
    """Of four quarters that moved apart, the scene as a whole follows one."""
    before = texture(256, 256)
    after = moved(before, 6.0, 0.0)
    after[:, :128, 128:] = moved(before, -6.0, 0.0)[:, :128, 128:]
    after[:, 128:, :128] = moved(before, 0.0, 6.0)[:, 128:, :128]
    after[:, 128:, 128:] = moved(before, 0.0, -6.0)[:, 128:, 128:]
    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    with ScenePair(names[:1], names[1:], SceneSettings()) as pair:
        shift = estimate_shift(pair)
    assert shift is not None
    assert shift.windows > 1
    assert shift.spread > 1


@pytest.mark.parametrize("georeferenced", [True, False])
def test_a_shift_is_reported_or_taken_out(tmp_path, write_raster, georeferenced):
    before = texture(300, 400)
    after = moved(before, 2.0, 3.0)
    if georeferenced:
        names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    else:
        from PIL import Image

        names = [str(tmp_path / f"{i}.png") for i in range(2)]
        for name, values in zip(names, (before, after), strict=True):
            Image.fromarray(values.transpose(1, 2, 0)).save(name)
    window = Window(50, 50, 200, 200)
    errors = []
    for align in (False, True):
        with registered(names[:1], names[1:], SceneSettings(align=align)) as (pair, _, remarks):
            assert ("--align takes it out" in remarks[0]) is not align
            pixels = pair.read(window)
            errors.append(np.abs(pixels.before.astype(int) - pixels.after).mean())
    assert errors[1] < 0.2 * errors[0]


def test_unrelated_scenes_give_no_shift(write_raster):
    names = [write_raster(f"{seed}.tif", texture(600, 600, seed)) for seed in (1, 2)]
    settings = SceneSettings(align=True)
    with registered(names[:1], names[1:], settings) as (pair, shift, remarks):
        assert shift is None and "could not be measured" in remarks[0]
        assert not pair.warped


def test_the_real_pairs_are_registered_to_a_pixel(real_data):
    for city in ("hongkong", "bercy"):
        folder = real_data / "geotiff" / city
        before, after = (sorted(map(str, folder.glob(f"imgs_{i}/*.tif"))) for i in (1, 2))
        with ScenePair(before, after, SceneSettings(bands=(3, 2, 1))) as pair:
            shift = estimate_shift(pair)
            assert pair.warped is (city == "hongkong")
        assert shift is not None
        assert shift.length < 1 > shift.spread
        assert shift.peak > 0.3


@pytest.mark.parametrize("share", [0.01, 0.03])
def test_holes_of_one_date_do_not_hold_the_other_still(write_raster, share):
    """Pixels without data in one date are black in both, and lie at no shift."""
    before = 100 + texture(512, 512) // 7  # Little contrast beside black.
    after = moved(before, 3.0, 0.0)
    clouds = texture(512, 512, seed=9)[0]
    after[:, clouds <= np.quantile(clouds, share)] = 0
    names = [write_raster(f"{i}.tif", v, nodata=0) for i, v in enumerate((before, after))]
    with ScenePair(names[:1], names[1:], SceneSettings()) as pair:
        shift = estimate_shift(pair)
    assert shift is not None
    assert (shift.columns, shift.rows) == pytest.approx((3.0, 0.0), abs=0.2)
