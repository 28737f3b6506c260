"""Parts on disk."""

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import pyarrow
import pyarrow.parquet
import shapely

from mmrsicc.scenes import ChangeObject, SceneSettings, parts
from mmrsicc.scenes.parts import describe_run, digest, part_path, read_part, write_part
from mmrsicc.scenes.results import BlockResult, TileFacts

RESULT = BlockResult(
    [
        ChangeObject(
            shapely.MultiPolygon([shapely.box(1, 2, 3, 4)]),
            "mask",
            "größer \n <b>",
            -0.25,
            (("größer \n <b>", -0.25), ("a", -1.0)),
            0.75,
        ),
        ChangeObject(shapely.box(0, 0, 9, 9), "sentence", "a road is built"),
    ],
    [TileFacts("no data", None), TileFacts(None, 0.5, True)],
    np.arange(12, dtype=np.uint8).reshape(3, 4),
)


def test_a_part_comes_back_as_it_was(tmp_path):
    for result in (RESULT, BlockResult([], [], None)):
        write_part(result, part_path(tmp_path / "new", 7))
        again = read_part(tmp_path / "new" / "000007.parquet")
        assert again.objects == list(result.objects)
        assert again.tiles == list(result.tiles)
        assert np.array_equal(again.mask, result.mask)


def test_the_same_result_is_the_same_file(tmp_path):
    for name in "ab":
        write_part(RESULT, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_damaged_or_foreign_part_is_refused_in_one_line(tmp_path):
    path = tmp_path / "000000.parquet"
    write_part(RESULT, path)
    whole = path.read_bytes()
    for content in (b"", b"hello", whole[:-9], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError) as error:
            read_part(path)
        assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)
    pyarrow.parquet.write_table(pyarrow.table({"x": [1]}), path)
    with pytest.raises(ValueError, match=r"000000\.parquet is not as mmrsicc scene writes it"):
        read_part(path)


def test_another_run_has_another_name(monkeypatch):
    one, other = {"files": ["1f"]}, {"files": ["2e"]}

    def name(inputs=(one, other), settings=None, captioner="model", masker=None):
        return digest(describe_run(inputs, settings or SceneSettings(), captioner, masker))

    assert name() == name((dict(one), other))
    others = [
        name(settings=SceneSettings(overlap=0)),
        name(settings=SceneSettings(highlight=True)),
        name(captioner="other"),
        name(masker="cva"),
        name((other, one)),
        name((one, one)),
    ]
    monkeypatch.setattr(parts, "_READING", 1)
    assert len({name(), *others}) == 7
