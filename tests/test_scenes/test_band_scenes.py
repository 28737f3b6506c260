"""Maps of scenes for captioners that read bands."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mmrsicc.datasets.transforms import LoadBands
from mmrsicc.scenes import SceneSettings, caption_scene

BANDS = np.random.default_rng(0).integers(500, 3000, (7, 64, 96)).astype(np.uint16)


def test_tiles_hold_the_values_and_maps_show_the_chosen_bands(write_raster, tmp_path):
    after = BANDS.copy()
    after[6, :, 32:] += 700  # A band that no picture shows.
    seen = []

    def captioner(pairs):
        seen.extend(pairs)
        said = [f"gain {np.rint((b - a).mean((0, 1))[6])}" for a, b in pairs]
        return [
            SimpleNamespace(
                caption=s,
                score=0.0,
                n_best=[(s, 0.0)],
                change_probability=1.0,
                mask=None,
                error=None,
            )
            for s in said
        ]

    loading = LoadBands(picture_bands=((3, 2, 1), (3, 2, 1)))
    names = [write_raster("a.tif", BANDS)], [write_raster("b.tif", after)]
    settings = SceneSettings(tile=32, overlap=0)
    outcome = caption_scene(captioner, *names, tmp_path / "out", settings, loading=loading)
    # The first column of tiles is identical in all bands; the others in the picture alone.
    assert outcome.tiles == {"identical": 2, "looked at": 4}
    for first, second in seen:
        assert first.shape == (32, 32, 7) and first.dtype == np.float32
        assert np.array_equal(second[..., :6], first[..., :6])
    assert {found.caption for found in outcome.objects} == {"gain 700.0"}
    written = json.loads((tmp_path / "out/summary.json").read_text())
    assert len(written["radiometry"]["low"]) == 3
    with pytest.raises(ValueError, match="two sensors"):
        loading = LoadBands(same_sensor=False)
        caption_scene(captioner, *names, tmp_path / "o", settings, loading=loading)
