"""Blocks of a scene on a Dask cluster of this machine, as the page on scenes shows."""

import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")
distributed = pytest.importorskip("distributed", reason="compared with Dask where it is there")

import cloudpickle  # noqa: E402
import fabricated_scenes  # noqa: E402

from mmrsicc.scenes import OwnMasks, SceneSettings, caption_scene, merge_scene  # noqa: E402


def share(number, shares, names, out):
    """One share of the blocks; all of them and the maps without a number."""
    caption = fabricated_scenes.brightness_captioner
    return caption_scene(
        caption,
        *([name] for name in names),
        out,
        SceneSettings(tile=64, overlap=16, block=70),
        "brightness",
        OwnMasks(caption),
        shard=number and (number, shares),
    )


def test_two_dask_workers_give_the_same_table(tmp_path, changed_scenes, monkeypatch):
    # Workers do not find the modules of tests.
    cloudpickle.register_pickle_by_value(fabricated_scenes)
    monkeypatch.setattr(share, "__module__", "__main__")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        shares = client.map(
            share, range(1, 5), shares=4, names=changed_scenes, out=tmp_path / "dask", pure=False
        )
        client.gather(shares)
        places = {next(iter(workers)) for workers in client.who_has(shares).values()}
    merge_scene(tmp_path / "dask")
    share(None, None, changed_scenes, tmp_path / "one")
    assert len(places) == 2
    for name in ("changes.parquet", "mask.tif"):
        one, other = ((tmp_path / folder / name).read_bytes() for folder in ("dask", "one"))
        assert one == other
