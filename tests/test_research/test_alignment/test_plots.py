"""Plots of an alignment."""

import numpy as np

from mmrsicc.research.alignment.plots import map_plot


def test_features_of_one_channel_have_a_map_too():
    """Such as DSCN's distance."""
    rng = np.random.default_rng(0)
    clouds = {f"{k} channels": tuple(rng.normal(0, 1, (2, 9, k))) for k in (1, 3)}
    figure = map_plot(clouds, ("source", "target"))
    for axis in figure.axes:
        points = [marks.get_offsets() for marks in axis.collections]
        assert [part.shape for part in points] == [(9, 2)] * 2
    assert np.ptp(figure.axes[0].collections[0].get_offsets()[:, 0]) > 0
