"""The same SynthCC scenes through other sensors: equal truth, bands as documented."""

import json
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from mmrsicc.synthcc import Settings, make_pair, pair_ids, sensors, write_data_set
from mmrsicc.synthcc.distractors import DISTRACTORS, draw_captures
from mmrsicc.synthcc.ground import land_map
from mmrsicc.synthcc.materials import BACKSCATTER, MATERIALS, OPTICAL_BANDS, REFLECTANCE
from mmrsicc.synthcc.sensors import SENSORS, material_map, optical_image, sar_image

PAIRS = [pair for pair in pair_ids(40) if pair.split == "train"][:16]
RED, NIR, GREEN = (OPTICAL_BANDS.index(band) for band in ("B4", "B8", "B3"))


@pytest.fixture(scope="module")
def drawn():
    return {
        name: [make_pair(3, pair, 128, sensors=name) for pair in PAIRS]
        for name in ("rgb", "sar-optical")
    }


def views(pair, **strengths):
    """Captures without a distractor but those named, and the land of a pair's scene."""
    captures = draw_captures(Random(0), {**dict.fromkeys(DISTRACTORS, 0.0), **strengths})
    return captures, land_map(pair.scene.ground, pair.scene.size)


def covered(images, materials, name):
    """Pixels of an image all of whose four parts are of one material."""
    inside = materials == MATERIALS.index(name)
    whole = inside[::2, ::2] & inside[1::2, ::2] & inside[::2, 1::2] & inside[1::2, 1::2]
    return images[whole]


def test_scene_labels_and_sentences_are_those_of_the_colours(drawn):
    for rgb, other in zip(drawn["rgb"], drawn["sar-optical"], strict=True):
        assert other.scene == rgb.scene and other.sentences == rgb.sentences
        assert other.distractors == rgb.distractors
        assert np.array_equal(other.label, rgb.label)
        assert other.before.shape == (128, 128, 2) and other.before.dtype == np.float32
        assert other.after.shape == (128, 128, 10) and other.after.dtype == np.uint16


def test_water_lies_where_the_picture_has_it(drawn):
    """Of lakes that changed, the label says where; the rendering's water index must agree."""
    seen = 0
    for pair in drawn["rgb"]:
        for event in pair.scene.events:
            if event.kind != "lake" or event.change != "appear":
                continue
            (first, second), land = views(pair)
            before = optical_image(pair.scene, pair.scene.before, first, land).astype(float)
            after = optical_image(pair.scene, pair.scene.after, second, land).astype(float)
            index = [
                (d[..., GREEN] - d[..., NIR]) / (d[..., GREEN] + d[..., NIR])
                for d in (before, after)
            ]
            new = (index[1] > 0.2) & (index[0] < 0)
            where = pair.label == 160
            assert (new & where).sum() > 0.6 * where.sum()
            assert (new & ~where).sum() < 0.1 * where.sum()
            seen += 1
    assert seen or all(e.kind != "lake" for p in drawn["rgb"] for e in p.scene.events)


def test_means_are_those_of_the_tables(drawn):
    optical, sar = {name: [] for name in MATERIALS}, {name: [] for name in MATERIALS}
    for pair in drawn["rgb"]:
        (first, _), land = views(pair)
        dry_free = replace(first, view=replace(first.view, dryness=0.0, sun=(0.0, 0.0)))
        materials, _ = material_map(pair.scene, pair.scene.after, dry_free, land)
        image = optical_image(pair.scene, pair.scene.after, dry_free, land)
        powers = sar_image(pair.scene, pair.scene.after, dry_free, land, seed=7)
        for name in MATERIALS:
            optical[name].append(covered(image, materials, name))
            sar[name].append(covered(powers, materials, name))
    checked = 0
    for name in MATERIALS:
        values, powers = np.concatenate(optical[name]), np.concatenate(sar[name])
        if len(values) < 3000:
            continue
        checked += 1
        np.testing.assert_allclose(values.mean(0), REFLECTANCE[name], rtol=0.12)
        np.testing.assert_allclose(powers.mean(0), np.array(BACKSCATTER[name]) / 1e4, rtol=0.06)
        # Squared mean over variance: the number of looks.
        looks = np.square(powers.mean(0)) / powers.var(0)
        assert (looks > 4).all() and (looks < 5.5).all()
    assert checked >= 5


def test_shadows_darken_the_ground_and_no_roof(drawn, monkeypatch):
    """The scene over the same one with shadows of full light: 45 % of it, or all."""
    shares = []
    for pair in drawn["rgb"]:
        (first, _), land = views(pair)
        state = pair.scene.after
        monkeypatch.setattr(sensors, "_SHADE", 115)
        shaded = optical_image(pair.scene, state, first, land)
        monkeypatch.setattr(sensors, "_SHADE", 256)
        lit = optical_image(pair.scene, state, first, land)
        materials, _ = material_map(pair.scene, state, first, land)
        for roof in ("tiles", "flat roof"):
            assert np.array_equal(covered(lit, materials, roof), covered(shaded, materials, roof))
        shares.append((shaded.mean(2) / lit.mean(2)).ravel())
    shares = np.concatenate(shares)
    assert shares.max() <= 1 and shares.min() == pytest.approx(115 / 256, abs=0.02)
    assert 0.005 < (shares < 0.6).mean() < 0.2


def test_vegetation_dries_and_the_unchanged_stays(drawn):
    for pair in drawn["rgb"][:6]:
        (first, second), land = views(pair)
        state = pair.scene.before
        same = [optical_image(pair.scene, state, capture, land) for capture in (first, second)]
        assert np.array_equal(*same)
        speckled = [sar_image(pair.scene, state, first, land, seed) for seed in (1, 2)]
        assert not np.array_equal(*speckled)
    green, dry = (
        replace(first, view=replace(first.view, dryness=dryness)) for dryness in (0.0, 1.0)
    )
    images = [optical_image(pair.scene, state, c, land).astype(float) for c in (green, dry)]
    materials, _ = material_map(pair.scene, state, green, land)
    index = [(i[..., NIR] - i[..., RED]) / (i[..., NIR] + i[..., RED]) for i in images]
    seen = 0
    for name in ("grass", "crops", "leaves"):
        if len(greens := covered(index[0], materials, name)):
            seen += 1
            assert greens.mean() > covered(index[1], materials, name).mean() + 0.1
    assert seen


def test_files_hold_the_values_and_the_folder_its_sensors(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="writing many bands needs the extra geo")
    settings = Settings(num_pairs=12, seed=3, size=128, sensors="sar-optical")
    list(write_data_set(tmp_path, settings))
    assert json.loads((tmp_path / "synthcc.json").read_text())["sensors"] == "sar-optical"
    record = json.loads((tmp_path / "LevirCCcaptions.json").read_text())["images"][0]
    pair = make_pair(3, pair_ids(12)[0], 128, sensors="sar-optical")
    for folder, expected in (("A", pair.before), ("B", pair.after), ("label", pair.label)):
        path = tmp_path / "images" / record["filepath"] / folder / record["filename"]
        found = rasterio.open(path).read().transpose(1, 2, 0)
        assert np.array_equal(found.squeeze(), expected)
    with pytest.raises(ValueError, match="holds a SynthCC made with"):
        list(write_data_set(tmp_path, replace(settings, sensors="sentinel2")))
    with pytest.raises(ValueError, match="choose one of rgb"):
        Settings(12, sensors="lidar")
    assert "sensors" not in Settings(12).to_dict() and set(SENSORS) > {"rgb"}
